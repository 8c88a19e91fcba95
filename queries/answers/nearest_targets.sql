-- Identifiers that resemble a target which was not found.
select candidate
from (
    select unnest([access_key_id, principal_id, arn, session_issuer_arn, source_identity, user_name]) as candidate
    from uses
    union
    select unnest([issued_key, role_arn, session_arn]) from issuances
    union
    select unnest([id, arn, name]) from origins
)
where candidate is not null and candidate <> $target
order by levenshtein(candidate, $target), candidate
limit 3
