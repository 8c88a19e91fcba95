-- How many files failed verification.
select count(*) as files
from files
where integrity = 'failed'
