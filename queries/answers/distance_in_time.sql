-- Seconds between a time and the nearest event of a use.
select min(abs(epoch(event_time) - epoch(cast($at as timestamp)))) as seconds
from identified_events
where use_id = $use_id and event_time between $first_seen and $last_seen
