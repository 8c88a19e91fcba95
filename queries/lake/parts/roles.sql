-- The names of each role: its unique id, and its account and name.
select distinct name, other
from (
    select issuer_in(principal_id) as name, unnest([role_in(arn), role_in(session_issuer_arn)]) as other
    from told_uses
    union all
    select issuer_in(session_principal_id), unnest([role_in(session_arn), role_in(role_arn)])
    from told_issuances
)
where name is not null and other is not null
