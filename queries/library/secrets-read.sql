-- title: Who read secrets, parameters and decrypted
-- about: A row is one origin, call and secret or key. Calls a service made for somebody count as theirs.
-- about: Cannot see values, or reads of a secret that was copied elsewhere.
-- param since: timestamp = null  -- only events at or after this UTC time
-- param until: timestamp = null  -- only events before this UTC time
-- column origin_kind: varchar    -- kind of origin
-- column origin_id: varchar      -- its id
-- column origin_name: varchar    -- its name, where the logs tell
-- column event_name: varchar     -- GetSecretValue, GetParameter…, Decrypt
-- column secret: varchar         -- secret, parameter or key, as the record names it
-- column account_id: varchar     -- account that recorded it
-- column calls: bigint           -- how many
-- column errors: bigint          -- how many failed
-- column first_seen: timestamp   -- first
-- column last_seen: timestamp    -- last
select
    origin_kind,
    origin_id,
    max(origin_name) as origin_name,
    event_name,
    coalesce(
        json_extract_string(request_parameters, '$.secretId'),
        json_extract_string(request_parameters, '$.name'),
        json_extract_string(request_parameters, '$.path'),
        json_extract_string(request_parameters, '$.names'),
        json_extract_string(resources, '$[0].ARN'),
        json_extract_string(request_parameters, '$.keyId')
    ) as secret,
    recipient_account_id as account_id,
    count(*) as calls,
    count(error_code) as errors,
    min(event_time) as first_seen,
    max(event_time) as last_seen
from calls
where (
        event_source = 'secretsmanager.amazonaws.com'
        and event_name in ('GetSecretValue', 'BatchGetSecretValue')
        or event_source = 'ssm.amazonaws.com'
        and event_name in ('GetParameter', 'GetParameters', 'GetParametersByPath', 'GetParameterHistory')
        or event_source = 'kms.amazonaws.com'
        and event_name in ('Decrypt', 'ReEncrypt', 'GenerateDataKeyWithoutPlaintext')
    )
    and ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
group by origin_kind, origin_id, event_name, secret, recipient_account_id
order by calls desc, origin_kind, origin_id, event_name, secret, account_id
