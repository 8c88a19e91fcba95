-- The databases that a store holds.
select distinct name
from geography
order by name
