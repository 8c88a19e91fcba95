-- How many parts a database has.
select count(*) as parts
from geography
where name = $name
