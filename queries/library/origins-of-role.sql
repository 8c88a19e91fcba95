-- title: Who used a role
-- about: A row is one origin that held sessions of the role, in one hop or more.
-- about: Cannot see sessions that left no call and no issuance in these logs.
-- param role: varchar              -- name or ARN of the role
-- param since: timestamp = null    -- only sessions used at or after this UTC time
-- param until: timestamp = null    -- only sessions used before this UTC time
-- column origin_kind: varchar      -- kind of origin
-- column origin_id: varchar        -- its id
-- column origin_name: varchar      -- its name, where the logs tell
-- column origin_grade: varchar     -- grade of these chains
-- column sessions: bigint          -- credentials
-- column session_names: varchar[]  -- at most ten names the callers chose
-- column records: bigint           -- records they left
-- column first_seen: timestamp     -- first use
-- column last_seen: timestamp      -- last use
select
    origin_kind,
    origin_id,
    max(origin_name) as origin_name,
    origin_grade,
    count(*) as sessions,
    list_slice(list_sort(list(distinct session_name)), 1, 10) as session_names,
    cast(sum(event_count) as bigint) as records,
    min(first_seen) as first_seen,
    max(last_seen) as last_seen
from sessions
where (role_arn = $role or ends_with(role_arn, '/' || $role))
    and ($since::timestamp is null or last_seen >= $since)
    and ($until::timestamp is null or first_seen < $until)
group by origin_kind, origin_id, origin_grade
order by records desc, origin_kind, origin_id, origin_grade
