-- title: Event ids whose records contradict each other
-- about: A row is one record of an event id that names records of different content: at least one of them was altered.
-- about: Cannot see an altered record whose original is not held.
-- column event_id: varchar      -- the id
-- column account_id: varchar    -- account that recorded it
-- column event_time: timestamp  -- as this record says
-- column event_name: varchar    -- as this record says
-- column arn: varchar           -- as this record says
-- column source: varchar        -- the file
-- column record: bigint         -- its number in the file
-- column sha256: varchar        -- of the file as stored
select
    events.event_id,
    events.recipient_account_id as account_id,
    events.event_time,
    events.event_name,
    events.arn,
    files.uri as source,
    events.record,
    files.sha256
from events
join conflicts
    on conflicts.event_id = events.event_id
    and conflicts.recipient_account_id is not distinct from events.recipient_account_id
join files on files.file_id = events.file_id
order by events.event_id, account_id, files.uri, events.record
