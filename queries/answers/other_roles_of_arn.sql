-- Issuances for a role ARN that name another role id: the role was deleted and made again.
select count(*) as issuances
from issuances
where role_arn = $role_arn
    and session_principal_id is not null
    and not starts_with(session_principal_id, $role_id || ':')
