-- title: Changes to KMS keys, their policies and grants
-- about: A row is one call that changes a key, its policy, a grant or an alias, or schedules its deletion.
-- about: Cannot see use of a key; `secrets-read` counts decryption.
-- param since: timestamp = null       -- only events at or after this UTC time
-- param until: timestamp = null       -- only events before this UTC time
-- column event_time: timestamp        -- when
-- column account_id: varchar          -- account that recorded the call
-- column aws_region: varchar          -- Region
-- column event_source: varchar        -- the service
-- column event_name: varchar          -- the call
-- column error_code: varchar          -- how it failed; null if it did not
-- column source_ip_address: varchar   -- from where
-- column request_parameters: varchar  -- JSON text of what was asked for
-- column origin_kind: varchar         -- kind of origin
-- column origin_id: varchar           -- its id
-- column origin_name: varchar         -- its name, where the logs tell
-- column origin_grade: varchar        -- grade of the chain: below strong it is a lead
-- column event_id: varchar            -- the record, for `trailtrace who-did`
select
    event_time,
    recipient_account_id as account_id,
    aws_region,
    event_source,
    event_name,
    error_code,
    source_ip_address,
    request_parameters,
    origin_kind,
    origin_id,
    origin_name,
    origin_grade,
    event_id
from calls
where event_source = 'kms.amazonaws.com'
    and regexp_matches(
        event_name,
        '^(Create|Put|Schedule|Cancel|Disable|Enable|Revoke|Retire|Update|Delete|Import|Replicate|Tag|Untag|Rotate)'
    )
    and ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
order by event_time, file_id, record
