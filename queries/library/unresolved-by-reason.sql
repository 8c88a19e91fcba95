-- title: Why chains end before an origin
-- about: A row is one reason and account, with the credentials and records it holds back.
-- about: Cannot see what was never logged; look at `coverage-gaps` too.
-- param since: timestamp = null  -- only sessions used at or after this UTC time
-- param until: timestamp = null  -- only sessions used before this UTC time
-- column stop: varchar           -- why the chains end
-- column origin_kind: varchar    -- unknown, or external_account: known by account only
-- column account_id: varchar     -- account of the credentials
-- column credentials: bigint     -- how many
-- column records: bigint         -- records they left
-- column first_seen: timestamp   -- first use
-- column last_seen: timestamp    -- last use
select
    origin_stop as stop,
    origin_kind,
    account_id,
    count(*) as credentials,
    cast(sum(event_count) as bigint) as records,
    min(first_seen) as first_seen,
    max(last_seen) as last_seen
from sessions
where origin_kind in ('unknown', 'external_account')
    and authenticated
    and event_count > 0
    and ($since::timestamp is null or last_seen >= $since)
    and ($until::timestamp is null or first_seen < $until)
group by origin_stop, origin_kind, account_id
order by records desc, stop, origin_kind, account_id
