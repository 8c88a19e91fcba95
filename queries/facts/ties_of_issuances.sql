-- Issuances with what ties them to others, as numbers: the same text, the same number. Those that changed also as they were.
select
    issuance_id as id,
    hash(issuance_id) as fact,
    kind,
    caller_type,
    caller_held,
    nullif(hash(issued_key), hash(null::varchar)) as issued_key,
    nullif(hash(session_principal_id), hash(null::varchar)) as session_principal_id,
    nullif(hash(role_arn), hash(null::varchar)) as role_arn,
    nullif(hash(session_name), hash(null::varchar)) as session_name,
    nullif(hash(session_arn), hash(null::varchar)) as session_arn,
    nullif(hash(caller_use_id), hash(null::varchar)) as caller_use_id,
    nullif(hash(caller_principal_id), hash(null::varchar)) as caller_principal_id,
    nullif(hash(switched_from), hash(null::varchar)) as switched_from,
    nullif(hash(saml_issuer), hash(null::varchar)) as saml_issuer,
    nullif(hash(subject), hash(null::varchar)) as subject
from (from issuances union all by name from issuances_before)
