-- Calls in the store whose names resemble one that was not found.
select distinct event_name
from records
order by levenshtein(lower(event_name), lower($call)), event_name
limit 3
