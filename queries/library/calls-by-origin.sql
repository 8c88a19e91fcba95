-- title: What each person and workload called
-- about: A row is one origin and call, the broad picture to begin with.
-- about: Copies of a call in other accounts are counted once where the caller's own record is held.
-- param origin: varchar = null   -- only this origin, by name, id or ARN
-- param since: timestamp = null  -- only events at or after this UTC time
-- param until: timestamp = null  -- only events before this UTC time
-- column origin_kind: varchar    -- kind of origin
-- column origin_id: varchar      -- its id
-- column origin_name: varchar    -- its name, where the logs tell
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
    event_source,
    event_name,
    count(*) as calls,
    count(error_code) as errors,
    min(event_time) as first_seen,
    max(event_time) as last_seen
from calls
where (
        $origin::varchar is null
        or origin_id = $origin
        or origin_arn = $origin
        or lower(origin_name) = lower($origin)
    )
    and ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
group by origin_kind, origin_id, event_source, event_name
order by calls desc, origin_kind, origin_id, event_source, event_name
