-- title: How many sessions each person and workload held
-- about: A row is one origin with the credentials, roles and accounts it reached.
-- about: Sessions whose chain ends nowhere share the row of kind unknown.
-- param since: timestamp = null  -- only sessions used at or after this UTC time
-- param until: timestamp = null  -- only sessions used before this UTC time
-- column origin_kind: varchar    -- kind of origin
-- column origin_id: varchar      -- its id
-- column origin_name: varchar    -- its name, where the logs tell
-- column sessions: bigint        -- credentials, also those never used
-- column roles: bigint           -- distinct roles they belong to
-- column accounts: bigint        -- distinct accounts they belong to
-- column records: bigint         -- records they left
-- column least_grade: varchar    -- the weakest grade among them
-- column first_seen: timestamp   -- first use
-- column last_seen: timestamp    -- last use
select
    origin_kind,
    origin_id,
    max(origin_name) as origin_name,
    count(*) as sessions,
    count(distinct role_arn) as roles,
    count(distinct account_id) as accounts,
    cast(sum(event_count) as bigint) as records,
    arg_min(origin_grade, list_position(['none', 'weak', 'probable', 'strong', 'proof'], origin_grade)) as least_grade,
    min(first_seen) as first_seen,
    max(last_seen) as last_seen
from sessions
where ($since::timestamp is null or last_seen >= $since)
    and ($until::timestamp is null or first_seen < $until)
group by origin_kind, origin_id
order by records desc, origin_kind, origin_id
