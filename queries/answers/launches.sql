-- Launches of instances under one of some request ids, within some minutes, as the instance's account tells.
select event_time, event_name, arn, principal_id, access_key_id, event_id, recipient_account_id, file_id, record
from identified_events
where event_time between cast($at as timestamp) - interval 10 minute and cast($at as timestamp) + interval 10 minute
    and event_source = 'ec2.amazonaws.com'
    and event_name = 'RunInstances'
    and error_code is null
    and authenticated
    and request_id = $request_id
    and (
        cast($account_id as varchar) is null
        or coalesce(recipient_account_id, account_id, $account_id) = $account_id
    )
order by event_time, event_id
limit 5
