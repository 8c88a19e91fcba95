-- The calls of which new records are an account's copy.
create or replace temp table shared_again as
select distinct shared_event_id
from records
where file_id >= $first_file_id and shared_event_id is not null
