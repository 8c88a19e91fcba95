-- title: The addresses each person and workload came from
-- about: A row is one origin and address, with all its roles and sessions taken together.
-- about: Calls that an AWS service passed on carry the service's name and are left out.
-- param origin: varchar = null       -- only this origin, by name, id or ARN
-- param since: timestamp = null      -- only events at or after this UTC time
-- param until: timestamp = null      -- only events before this UTC time
-- column origin_kind: varchar        -- kind of origin
-- column origin_id: varchar          -- its id
-- column origin_name: varchar        -- its name, where the logs tell
-- column source_ip_address: varchar  -- the address
-- column calls: bigint               -- calls from there
-- column sessions: bigint            -- distinct credentials used there
-- column user_agents: bigint         -- distinct user agents
-- column first_seen: timestamp       -- first
-- column last_seen: timestamp        -- last
select
    origin_kind,
    origin_id,
    max(origin_name) as origin_name,
    source_ip_address,
    count(*) as calls,
    count(distinct use_id) as sessions,
    count(distinct user_agent) as user_agents,
    min(event_time) as first_seen,
    max(event_time) as last_seen
from calls
where regexp_matches(source_ip_address, '^[0-9a-fA-F:.]+$')
    and (
        $origin::varchar is null
        or origin_id = $origin
        or origin_arn = $origin
        or lower(origin_name) = lower($origin)
    )
    and ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
group by origin_kind, origin_id, source_ip_address
order by origin_kind, origin_id, first_seen, source_ip_address
