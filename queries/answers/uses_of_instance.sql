-- Sessions that carry an instance's id, real or imitated: the answer tells which.
select *
from uses
where user_identity_type = 'AssumedRole'
    and (
        session_name = $target
        or ends_with(credentials_issued_to, '/' || $target)
        or ends_with(principal_id, ':' || $target)
    )
    and use_id in (select use_id from used_instances where instance_id = $target)
order by use_id
