-- title: The tools each person and workload called with
-- about: A row is one origin and user agent. A new tool on an old identity is worth a question.
-- about: The caller writes the user agent and may write anything.
-- param origin: varchar = null   -- only this origin, by name, id or ARN
-- param since: timestamp = null  -- only events at or after this UTC time
-- param until: timestamp = null  -- only events before this UTC time
-- column origin_kind: varchar    -- kind of origin
-- column origin_id: varchar      -- its id
-- column origin_name: varchar    -- its name, where the logs tell
-- column user_agent: varchar     -- the caller's own text
-- column calls: bigint           -- calls with it
-- column first_seen: timestamp   -- first
-- column last_seen: timestamp    -- last
select
    origin_kind,
    origin_id,
    max(origin_name) as origin_name,
    user_agent,
    count(*) as calls,
    min(event_time) as first_seen,
    max(event_time) as last_seen
from calls
where user_agent is not null
    and coalesce(origin_kind, '') <> 'aws_service'
    and (
        $origin::varchar is null
        or origin_id = $origin
        or origin_arn = $origin
        or lower(origin_name) = lower($origin)
    )
    and ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
group by origin_kind, origin_id, user_agent
order by origin_kind, origin_id, first_seen, user_agent
