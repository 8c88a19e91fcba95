-- When the first and the last of `newest_matches` were made.
select min(event_time) as since, max(event_time) as until
from newest_matches
