-- The days of which only what facts are made of was loaded, of a lake.
select day
from lake_days
where not whole
order by day
