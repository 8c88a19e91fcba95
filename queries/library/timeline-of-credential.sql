-- title: Every call of one key, session or principal
-- about: A row is one call. A temporary key id may have had several holders, so look at `principal_id`.
-- about: Cannot see what was done with credentials that this one issued; `chains` in `trailtrace sql` shows those.
-- param credential: varchar          -- access key id, principal id, or ARN of a session or user
-- param since: timestamp = null      -- only events at or after this UTC time
-- param until: timestamp = null      -- only events before this UTC time
-- column event_time: timestamp       -- when
-- column account_id: varchar         -- account that recorded the call
-- column aws_region: varchar         -- Region
-- column event_source: varchar       -- the service
-- column event_name: varchar         -- the call
-- column error_code: varchar         -- how it failed; null if it did not
-- column source_ip_address: varchar  -- from where
-- column access_key_id: varchar      -- null where the record shows none
-- column principal_id: varchar       -- the principal that signed
-- column creation_date: timestamp    -- when the credential was issued
-- column origin_kind: varchar        -- kind of origin
-- column origin_id: varchar          -- its id
-- column origin_name: varchar        -- its name, where the logs tell
-- column origin_grade: varchar       -- grade of the chain: below strong it is a lead
-- column event_id: varchar           -- the record, for `trailtrace who-did`
select
    event_time,
    recipient_account_id as account_id,
    aws_region,
    event_source,
    event_name,
    error_code,
    source_ip_address,
    access_key_id,
    principal_id,
    creation_date,
    origin_kind,
    origin_id,
    origin_name,
    origin_grade,
    event_id
from calls
where (access_key_id = $credential or principal_id = $credential or arn = $credential)
    and ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
order by event_time, file_id, record
