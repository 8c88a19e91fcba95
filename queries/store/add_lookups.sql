-- What LookupEvents told, put together.
insert into lookups by name
select account_id, region, from_time, until_time
from frame
