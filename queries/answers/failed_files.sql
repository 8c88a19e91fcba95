-- How many files failed verification, and how many no digest names.
select
    count(*) filter (where integrity = 'failed') as failed,
    count(*) filter (where unnamed) as unnamed
from files
