-- title: How much of the logs is attributed, and how well
-- about: A row is one kind of origin, stop and grade, with the calls it covers.
-- about: A call without a kind lies after the end of its credential, or belongs to none.
-- param since: timestamp = null  -- only events at or after this UTC time
-- param until: timestamp = null  -- only events before this UTC time
-- column origin_kind: varchar    -- kind of origin
-- column origin_stop: varchar    -- why the chain ends there
-- column origin_grade: varchar   -- grade of the chain
-- column calls: bigint           -- calls
-- column credentials: bigint     -- distinct credentials
select
    origin_kind,
    origin_stop,
    origin_grade,
    count(*) as calls,
    count(distinct use_id) as credentials
from calls
where ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
group by origin_kind, origin_stop, origin_grade
order by calls desc, origin_kind, origin_stop, origin_grade
