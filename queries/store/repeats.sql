-- The events in `places`: `copy` 1 is the first of its content, higher ones are exact duplicates.
create or replace temp table repeats as
with candidates as (
    select events.*
    from events
    semi join places on places.file_id = events.file_id and places.record = events.record
    where events.file_id in (select file_id from places)  -- so that no other file's columns are read
)
select
    file_id,
    record,
    event_id,
    recipient_account_id,
    translated_from,
    row_number() over (
        partition by row(*columns(* exclude (identity_id, file_id, record)))
        order by file_id, record
    ) as copy
from candidates
