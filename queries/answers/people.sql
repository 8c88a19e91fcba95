-- The names of all people seen in the logs, in lower case.
select distinct lower(user_name) as name
from uses
where user_identity_type in ('IAMUser', 'SAMLUser', 'WebIdentityUser', 'IdentityCenterUser', 'Unknown')
    and authenticated
    and user_name is not null
