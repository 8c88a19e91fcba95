-- title: Calls of one account's principals recorded in another
-- about: A row is one calling account, called account and service: access by resource policy, and roles taken.
-- about: Copies whose caller's own record is held too are counted as that record. Cannot see calls that only the caller's account records.
-- param since: timestamp = null  -- only events at or after this UTC time
-- param until: timestamp = null  -- only events before this UTC time
-- column from_account: varchar   -- account of the caller
-- column to_account: varchar     -- account that recorded the call
-- column event_source: varchar   -- the service
-- column calls: bigint           -- how many
-- column principals: bigint      -- distinct callers
-- column event_names: varchar[]  -- what was called
-- column first_seen: timestamp   -- first call
-- column last_seen: timestamp    -- last call
select
    account_id as from_account,
    recipient_account_id as to_account,
    event_source,
    count(*) as calls,
    count(distinct principal_id) as principals,
    list_sort(list(distinct event_name)) as event_names,
    min(event_time) as first_seen,
    max(event_time) as last_seen
from events_with_origin
where account_id <> recipient_account_id
    and coalesce(event_category, '') <> 'NetworkActivity'
    and ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
group by account_id, recipient_account_id, event_source
order by from_account, to_account, event_source
