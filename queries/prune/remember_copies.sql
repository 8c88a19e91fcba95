-- Whose calls others were told of, before anything leaves.
create or replace temp table answered_copies as
select copies.*
from copies
join records on records.file_id = copies.file_id and records.record = copies.record
where records.event_time >= $before
