-- How many records leave, and of how many files.
select count(*) as records, count(distinct file_id) as files
from gone
