-- title: The Regions each person and workload worked in
-- about: A row is one origin and Region. A Region that somebody never used before is worth a question.
-- about: Global services record in us-east-1, whoever calls from wherever.
-- param origin: varchar = null   -- only this origin, by name, id or ARN
-- param since: timestamp = null  -- only events at or after this UTC time
-- param until: timestamp = null  -- only events before this UTC time
-- column origin_kind: varchar    -- kind of origin
-- column origin_id: varchar      -- its id
-- column origin_name: varchar    -- its name, where the logs tell
-- column aws_region: varchar     -- the Region
-- column calls: bigint           -- calls there
-- column changes: bigint         -- of them, calls that change something
-- column first_seen: timestamp   -- first
-- column last_seen: timestamp    -- last
select
    origin_kind,
    origin_id,
    max(origin_name) as origin_name,
    aws_region,
    count(*) as calls,
    count(*) filter (where read_only = false) as changes,
    min(event_time) as first_seen,
    max(event_time) as last_seen
from calls
where coalesce(origin_kind, '') <> 'aws_service'
    and (
        $origin::varchar is null
        or origin_id = $origin
        or origin_arn = $origin
        or lower(origin_name) = lower($origin)
    )
    and ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
group by origin_kind, origin_id, aws_region
order by origin_kind, origin_id, first_seen, aws_region
