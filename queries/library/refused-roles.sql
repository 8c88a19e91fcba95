-- title: Roles somebody tried to take and was refused
-- about: A row is one origin and role. The role is read from the request or from the error message.
-- about: Only the caller's own account records a refusal.
-- param since: timestamp = null  -- only events at or after this UTC time
-- param until: timestamp = null  -- only events before this UTC time
-- column origin_kind: varchar    -- kind of origin
-- column origin_id: varchar      -- its id
-- column origin_name: varchar    -- its name, where the logs tell
-- column role_arn: varchar       -- the role, if the record names it
-- column error_code: varchar     -- how it was refused
-- column attempts: bigint        -- how often
-- column first_seen: timestamp   -- first attempt
-- column last_seen: timestamp    -- last attempt
select
    origin_kind,
    origin_id,
    max(origin_name) as origin_name,
    coalesce(
        json_extract_string(request_parameters, '$.roleArn'),
        nullif(regexp_extract(error_message, '(arn:[^: ]*:iam::[0-9]{12}:role/[^ "]+)', 1), '')
    ) as role_arn,
    error_code,
    count(*) as attempts,
    min(event_time) as first_seen,
    max(event_time) as last_seen
from calls
where event_source = 'sts.amazonaws.com'
    and starts_with(event_name, 'Assume')
    and error_code is not null
    and ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
group by origin_kind, origin_id, role_arn, error_code
order by attempts desc, origin_kind, origin_id, role_arn, error_code
