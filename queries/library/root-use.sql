-- title: What root users did
-- about: A row is one call whose origin is a root user, by itself or through a session.
-- about: A privileged session of AssumeRoot is not the root user and shows its real origin elsewhere.
-- param since: timestamp = null      -- only events at or after this UTC time
-- param until: timestamp = null      -- only events before this UTC time
-- column event_time: timestamp       -- when
-- column account_id: varchar         -- account that recorded the call
-- column aws_region: varchar         -- Region
-- column event_source: varchar       -- the service
-- column event_name: varchar         -- the call
-- column error_code: varchar         -- how it failed; null if it did not
-- column source_ip_address: varchar  -- from where
-- column mfa_authenticated: boolean  -- null where the record does not say
-- column invoked_by: varchar         -- the service that passed the call on, if any
-- column origin_id: varchar          -- account of the root user
-- column event_id: varchar           -- the record, for `trailtrace who-did`
select
    event_time,
    recipient_account_id as account_id,
    aws_region,
    event_source,
    event_name,
    error_code,
    source_ip_address,
    mfa_authenticated,
    invoked_by,
    origin_id,
    event_id
from calls
where origin_kind = 'root'
    and ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
order by event_time, file_id, record
