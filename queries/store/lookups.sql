-- What LookupEvents told of each account and Region.
select account_id, region, from_time, until_time
from lookups
order by all
