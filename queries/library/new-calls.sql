-- title: Calls an origin never made before a time
-- about: A row is one origin and call that it made at or after the time and not before it.
-- about: An origin that is new altogether is left out; `new-origins` has those.
-- param since: timestamp        -- the UTC time that parts before from after
-- column origin_kind: varchar   -- kind of origin
-- column origin_id: varchar     -- its id
-- column origin_name: varchar   -- its name, where the logs tell
-- column event_source: varchar  -- the service
-- column event_name: varchar    -- the call
-- column calls: bigint          -- how many
-- column errors: bigint         -- how many failed
-- column first_seen: timestamp  -- first
with per_call as (
    select
        origin_kind,
        origin_id,
        max(origin_name) as origin_name,
        event_source,
        event_name,
        count(*) as calls,
        count(error_code) as errors,
        min(event_time) as first_seen
    from calls
    where origin_id is not null
    group by origin_kind, origin_id, event_source, event_name
),
aged as (
    select *, min(first_seen) over (partition by origin_kind, origin_id) as origin_first_seen
    from per_call
)
select origin_kind, origin_id, origin_name, event_source, event_name, calls, errors, first_seen
from aged
where first_seen >= $since
    and origin_first_seen < $since
order by first_seen, origin_kind, origin_id, event_source, event_name
