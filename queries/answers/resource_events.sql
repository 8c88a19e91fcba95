-- Who made, changed or could drive a resource up to a time, newest first. Such calls are recorded for the
-- resource's own account, whoever made them: what another account's log tells of it is only claimed.
select resource_events.*, events.principal_id
from resource_events
left join events
    on events.event_time = resource_events.event_time
    and events.file_id = resource_events.file_id
    and events.record = resource_events.record
where resource_id = $resource_id
    and (
        cast($account_id as varchar) is null
        or coalesce(resource_events.recipient_account_id, resource_events.account_id, $account_id) = $account_id
    )
    and (cast($until as timestamp) is null or resource_events.event_time <= $until)
order by resource_events.event_time desc, resource_events.event_id
