-- Uses with what ties them to others, as numbers: the same text, the same number. Those that changed also as they were.
select
    use_id as id,
    hash(use_id) as fact,
    hash(use_id) as use_id,
    nullif(hash(join_key), hash(null::varchar)) as join_key,
    nullif(hash(principal_id), hash(null::varchar)) as principal_id,
    nullif(hash(arn), hash(null::varchar)) as arn,
    nullif(hash(session_issuer_arn), hash(null::varchar)) as session_issuer_arn,
    nullif(hash(session_name), hash(null::varchar)) as session_name,
    -- Only what surely is one: a placeholder ties by other columns.
    coalesce(
        regexp_full_match(principal_id, '(A(IDA|ROA)[A-Z0-9]{8,}|[0-9]{12})(:.*)?'), false
    ) as has_unique_id
from (from uses union all by name from uses_before)
