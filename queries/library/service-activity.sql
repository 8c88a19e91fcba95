-- title: What AWS services did by themselves
-- about: A row is one service whose own roles and rounds made calls here.
-- about: A service that works for somebody, such as a deployment, is here only where the chain ends in the service.
-- param since: timestamp = null  -- only events at or after this UTC time
-- param until: timestamp = null  -- only events before this UTC time
-- column service: varchar        -- host name of the service
-- column account_id: varchar     -- account that recorded it
-- column event_source: varchar   -- the service called
-- column calls: bigint           -- how many
-- column roles: bigint           -- distinct roles it acted with
-- column event_names: varchar[]  -- at most ten of the calls
-- column first_seen: timestamp   -- first
-- column last_seen: timestamp    -- last
select
    origin_id as service,
    recipient_account_id as account_id,
    event_source,
    count(*) as calls,
    count(distinct session_issuer_arn) as roles,
    list_slice(list_sort(list(distinct event_name)), 1, 10) as event_names,
    min(event_time) as first_seen,
    max(event_time) as last_seen
from calls
where origin_kind = 'aws_service'
    and ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
group by origin_id, recipient_account_id, event_source
order by calls desc, service, account_id, event_source
