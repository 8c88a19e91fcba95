-- title: Credentials that were issued and never used
-- about: A row is one issued key without a call in these logs; it may have been used in an account or Region that is not loaded.
-- about: Cannot see use by services that log no key, or data events that are off.
-- param since: timestamp = null       -- only issued at or after this UTC time
-- param until: timestamp = null       -- only issued before this UTC time
-- column access_key_id: varchar       -- the key
-- column arn: varchar                 -- its session
-- column issued_at: timestamp         -- when
-- column expires: timestamp           -- until when it could be used
-- column issuing_event_name: varchar  -- the call
-- column caller_arn: varchar          -- who asked for it
-- column origin_kind: varchar         -- kind of origin
-- column origin_id: varchar           -- its id
-- column origin_name: varchar         -- its name, where the logs tell
-- column origin_grade: varchar        -- grade of the chain: below strong it is a lead
select
    access_key_id,
    arn,
    issued_at,
    expires,
    issuing_event_name,
    caller_arn,
    origin_kind,
    origin_id,
    origin_name,
    origin_grade
from sessions
where event_count = 0
    and ($since::timestamp is null or issued_at >= $since)
    and ($until::timestamp is null or issued_at < $until)
order by issued_at, access_key_id, use_id
