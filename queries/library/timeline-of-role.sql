-- title: Everything done with one role, and who did it
-- about: A row is one call of any session of the role, with the origin behind that session.
-- about: Cannot see what the role's sessions did as other roles; `role-chain-pairs` shows where they went.
-- param role: varchar                -- name or ARN of the role
-- param since: timestamp = null      -- only events at or after this UTC time
-- param until: timestamp = null      -- only events before this UTC time
-- column event_time: timestamp       -- when
-- column account_id: varchar         -- account that recorded the call
-- column aws_region: varchar         -- Region
-- column event_source: varchar       -- the service
-- column event_name: varchar         -- the call
-- column error_code: varchar         -- how it failed; null if it did not
-- column source_ip_address: varchar  -- from where
-- column session_name: varchar       -- chosen by the caller: no proof of anything
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
    session_name,
    origin_kind,
    origin_id,
    origin_name,
    origin_grade,
    event_id
from calls
where (session_issuer_arn = $role or session_issuer_user_name = $role)
    and ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
order by event_time, file_id, record
