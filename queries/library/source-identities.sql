-- title: Source identities and who is really behind them
-- about: A row is one source identity and origin. One name with several origins, or a name that is not its origin's, deserves a look.
-- about: The first caller types a source identity; it is proof only where a policy enforces it.
-- param since: timestamp = null    -- only sessions used at or after this UTC time
-- param until: timestamp = null    -- only sessions used before this UTC time
-- column source_identity: varchar  -- as set
-- column origin_kind: varchar      -- kind of origin
-- column origin_id: varchar        -- its id
-- column origin_name: varchar      -- its name, where the logs tell
-- column sessions: bigint          -- credentials that carry it
-- column records: bigint           -- records they left
-- column first_seen: timestamp     -- first use
-- column last_seen: timestamp      -- last use
select
    source_identity,
    origin_kind,
    origin_id,
    max(origin_name) as origin_name,
    count(*) as sessions,
    cast(sum(event_count) as bigint) as records,
    min(first_seen) as first_seen,
    max(last_seen) as last_seen
from sessions
where source_identity is not null
    and ($since::timestamp is null or last_seen >= $since)
    and ($until::timestamp is null or first_seen < $until)
group by source_identity, origin_kind, origin_id
order by source_identity, origin_kind, origin_id
