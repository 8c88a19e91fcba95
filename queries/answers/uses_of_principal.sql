-- Uses of a unique id: a user, a role session, or all sessions of a role.
select *
from uses
where use_id in (
    select use_id
    from used_principals
    where principal_id = $target or starts_with(principal_id, $target || ':')
)
order by use_id
