-- title: Switches of role in the console
-- about: A row is one SwitchRole: who switched, and to which role.
-- about: Cannot see roles that a signed-in person took from the command line; `role-chain-pairs` has those.
-- param since: timestamp = null      -- only events at or after this UTC time
-- param until: timestamp = null      -- only events before this UTC time
-- column event_time: timestamp       -- when
-- column account_id: varchar         -- the account switched to
-- column switched_from: varchar      -- ARN the record gives as the one who switched
-- column switched_to: varchar        -- the session that began
-- column source_ip_address: varchar  -- from where
-- column origin_kind: varchar        -- kind of origin
-- column origin_id: varchar          -- its id
-- column origin_name: varchar        -- its name, where the logs tell
-- column origin_grade: varchar       -- grade of the chain: below strong it is a lead
-- column event_id: varchar           -- the record, for `trailtrace who-did`
select
    event_time,
    recipient_account_id as account_id,
    json_extract_string(additional_event_data, '$.SwitchFrom') as switched_from,
    arn as switched_to,
    source_ip_address,
    origin_kind,
    origin_id,
    origin_name,
    origin_grade,
    event_id
from calls
where event_source = 'signin.amazonaws.com'
    and event_name = 'SwitchRole'
    and authenticated
    and ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
order by event_time, file_id, record
