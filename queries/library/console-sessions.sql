-- title: Sign-ins to the console
-- about: A row is one successful sign-in, with the factor and the address.
-- about: Cannot see which person knew the password, or what a broker's users are called; sign-ins are recorded in the Region of the endpoint.
-- param since: timestamp = null       -- only events at or after this UTC time
-- param until: timestamp = null       -- only events before this UTC time
-- column event_time: timestamp        -- when
-- column account_id: varchar          -- the account signed in to
-- column user_identity_type: varchar  -- kind of principal
-- column arn: varchar                 -- the principal
-- column mfa_used: varchar            -- Yes, No, or null where the record does not say
-- column source_ip_address: varchar   -- from where
-- column user_agent: varchar          -- the browser's own text
-- column origin_kind: varchar         -- kind of origin
-- column origin_id: varchar           -- its id
-- column origin_name: varchar         -- its name, where the logs tell
-- column origin_grade: varchar        -- grade of the chain: below strong it is a lead
-- column event_id: varchar            -- the record, for `trailtrace who-did`
select
    event_time,
    recipient_account_id as account_id,
    user_identity_type,
    arn,
    json_extract_string(additional_event_data, '$.MFAUsed') as mfa_used,
    source_ip_address,
    user_agent,
    origin_kind,
    origin_id,
    origin_name,
    origin_grade,
    event_id
from calls
where event_source = 'signin.amazonaws.com'
    and event_name = 'ConsoleLogin'
    and authenticated
    and ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
order by event_time, file_id, record
