-- One part of a database.
select data
from geography
where name = $name and part = $part
