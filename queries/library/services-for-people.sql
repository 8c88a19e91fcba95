-- title: What AWS services did on behalf of people and workloads
-- about: A row is one service that acted with an origin's authority, and the calls it made.
-- about: The record names whose authority it was, not the call that made the service act.
-- param since: timestamp = null  -- only events at or after this UTC time
-- param until: timestamp = null  -- only events before this UTC time
-- column invoked_by: varchar     -- the service that acted
-- column origin_kind: varchar    -- kind of origin
-- column origin_id: varchar      -- its id
-- column origin_name: varchar    -- its name, where the logs tell
-- column event_source: varchar   -- the service it called
-- column event_name: varchar     -- the call
-- column calls: bigint           -- how many
-- column errors: bigint          -- how many failed
-- column first_seen: timestamp   -- first
-- column last_seen: timestamp    -- last
select
    invoked_by,
    origin_kind,
    origin_id,
    max(origin_name) as origin_name,
    event_source,
    event_name,
    count(*) as calls,
    count(error_code) as errors,
    min(event_time) as first_seen,
    max(event_time) as last_seen
from calls
where invoked_by is not null
    and coalesce(user_identity_type, '') <> 'AWSService'
    and coalesce(origin_kind, '') <> 'aws_service'
    and ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
group by invoked_by, origin_kind, origin_id, event_source, event_name
order by calls desc, invoked_by, origin_kind, origin_id, event_source, event_name
