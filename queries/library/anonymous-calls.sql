-- title: Calls nobody signed, and signatures that failed
-- about: A row is one call and address without a caller that proved who it is.
-- about: A wrong signature names a principal that did not act.
-- param since: timestamp = null      -- only events at or after this UTC time
-- param until: timestamp = null      -- only events before this UTC time
-- column event_source: varchar       -- the service
-- column event_name: varchar         -- the call
-- column account_id: varchar         -- account that recorded it
-- column claimed_arn: varchar        -- the principal that the record names
-- column error_code: varchar         -- how it failed
-- column source_ip_address: varchar  -- from where
-- column calls: bigint               -- how many
-- column first_seen: timestamp       -- first
-- column last_seen: timestamp        -- last
select
    event_source,
    event_name,
    recipient_account_id as account_id,
    arn as claimed_arn,
    error_code,
    source_ip_address,
    count(*) as calls,
    min(event_time) as first_seen,
    max(event_time) as last_seen
from calls
where (not authenticated or origin_kind = 'anonymous')
    and ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
group by event_source, event_name, recipient_account_id, arn, error_code, source_ip_address
order by calls desc, event_source, event_name, account_id, claimed_arn, error_code, source_ip_address
