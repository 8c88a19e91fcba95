-- When a long-term key was deleted, newest first.
select event_time
from resource_events
where resource_id = $access_key_id and relation = 'deleted'
order by event_time desc, event_id
