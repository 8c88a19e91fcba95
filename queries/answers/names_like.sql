-- People seen in the logs who are called like this.
select distinct user_name
from uses
where user_identity_type in ('IAMUser', 'SAMLUser', 'WebIdentityUser', 'IdentityCenterUser', 'Unknown')
    and authenticated
    and lower(user_name) in (lower($name), lower(split_part($name, '@', 1)))
order by user_name
