-- How many files failed verification.
select count(*)
from files
where integrity = 'failed'
