-- title: People and workloads seen for the first time
-- about: A row is one origin whose first call lies at or after a time.
-- about: First means first in this store: load the weeks before to make it mean something.
-- param since: timestamp = null  -- only first seen at or after this UTC time
-- column origin_kind: varchar    -- kind of origin
-- column origin_id: varchar      -- its id
-- column origin_name: varchar    -- its name, where the logs tell
-- column origin_grade: varchar   -- best grade of its chains
-- column first_seen: timestamp   -- first call
-- column last_seen: timestamp    -- last call
-- column calls: bigint           -- calls
-- column first_call: varchar     -- what the first call was
select
    origin_kind,
    origin_id,
    max(origin_name) as origin_name,
    arg_max(origin_grade, list_position(['none', 'weak', 'probable', 'strong', 'proof'], origin_grade)) as origin_grade,
    min(event_time) as first_seen,
    max(event_time) as last_seen,
    count(*) as calls,
    min_by(event_name, (event_time, file_id, record)) as first_call
from calls
where origin_id is not null
group by origin_kind, origin_id
having ($since::timestamp is null or min(event_time) >= $since)
order by first_seen, origin_kind, origin_id
