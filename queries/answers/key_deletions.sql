-- When a long-term key was deleted, newest first. Only its own account can delete it; others may claim to.
select event_time
from resource_events
where resource_id = $access_key_id
    and relation = 'deleted'
    and coalesce(recipient_account_id, account_id, $account_id) is not distinct from $account_id
order by event_time desc, event_id
