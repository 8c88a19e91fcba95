-- The days and accounts in whose records an event id may be.
select distinct on_day as day, account
from event_places
where event_id_begin = left(cast($event_id as varchar), 8)
