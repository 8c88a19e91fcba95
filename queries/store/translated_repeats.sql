-- How many of the events that share their id were translated.
select count(*) as translated
from repeats
where translated_from is not null
