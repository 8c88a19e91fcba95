-- title: Who read and wrote data
-- about: A row is one origin and data event: S3 objects, DynamoDB items, Lambda invocations and the like.
-- about: Only what the trail's data event selectors cover is here.
-- param since: timestamp = null  -- only events at or after this UTC time
-- param until: timestamp = null  -- only events before this UTC time
-- column origin_kind: varchar    -- kind of origin
-- column origin_id: varchar      -- its id
-- column origin_name: varchar    -- its name, where the logs tell
-- column account_id: varchar     -- account that recorded it
-- column event_source: varchar   -- the service
-- column event_name: varchar     -- the call
-- column calls: bigint           -- how many
-- column errors: bigint          -- how many failed
-- column first_seen: timestamp   -- first
-- column last_seen: timestamp    -- last
select
    origin_kind,
    origin_id,
    max(origin_name) as origin_name,
    recipient_account_id as account_id,
    event_source,
    event_name,
    count(*) as calls,
    count(error_code) as errors,
    min(event_time) as first_seen,
    max(event_time) as last_seen
from calls
where (event_category = 'Data' or management_event = false)
    and ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
group by origin_kind, origin_id, recipient_account_id, event_source, event_name
order by calls desc, origin_kind, origin_id, account_id, event_source, event_name
