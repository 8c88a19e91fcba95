-- How many events of each new file are in the store.
select file_id, count(*) as records
from events
where file_id >= $first_file_id
group by file_id
