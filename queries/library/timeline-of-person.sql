-- title: Everything one person or workload did
-- about: A row is one call, whatever role or key it was made with, in order of time.
-- about: Cannot see calls whose chain stops before this origin; `unresolved-credentials` lists those.
-- param origin: varchar              -- name, id or ARN of the origin: alice, AIDA…, i-…, a host name
-- param since: timestamp = null      -- only events at or after this UTC time
-- param until: timestamp = null      -- only events before this UTC time
-- column event_time: timestamp       -- when
-- column account_id: varchar         -- account that recorded the call
-- column aws_region: varchar         -- Region
-- column event_source: varchar       -- the service
-- column event_name: varchar         -- the call
-- column error_code: varchar         -- how it failed; null if it did not
-- column source_ip_address: varchar  -- from where
-- column session_arn: varchar        -- the role session or user that made the call
-- column resources: varchar          -- JSON text of the resources the record names
-- column origin_grade: varchar       -- grade of the chain: below strong it is a lead
-- column event_id: varchar           -- the record, for `trailtrace who-did`
select
    event_time,
    recipient_account_id as account_id,
    aws_region,
    event_source,
    event_name,
    error_code,
    source_ip_address,
    arn as session_arn,
    resources,
    origin_grade,
    event_id
from calls
where (origin_id = $origin or origin_arn = $origin or lower(origin_name) = lower($origin))
    and ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
order by event_time, file_id, record
