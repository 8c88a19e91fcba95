-- Who made, changed or could drive a resource up to a time, newest first. Such calls are recorded for the
-- resource's own account, whoever made them: what another account's log tells of it is only claimed.
select *
from resource_events
where resource_id = $resource_id
    and (
        cast($account_id as varchar) is null
        or coalesce(recipient_account_id, account_id, $account_id) = $account_id
    )
    and (cast($until as timestamp) is null or event_time <= $until)
order by event_time desc, event_id
