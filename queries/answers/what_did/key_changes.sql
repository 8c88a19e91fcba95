-- What became of long-term keys by the last call that changed them, in each account that tells of such a
-- call: deleted, inactive, active. Only the key's own account can change it; others may claim to.
select
    json_extract_string(request_parameters, '$.accessKeyId') as access_key_id,
    recipient_account_id as account_id,
    arg_max(
        case
            when event_name = 'DeleteAccessKey' then 'deleted'
            else lower(json_extract_string(request_parameters, '$.status'))
        end,
        (event_time, event_name = 'DeleteAccessKey', event_id)
    ) as state
from identified_events
where event_source = 'iam.amazonaws.com'
    and event_name in ('DeleteAccessKey', 'UpdateAccessKey')
    and error_code is null
    and authenticated
    and json_extract_string(request_parameters, '$.accessKeyId') in (select unnest($access_key_ids))
group by json_extract_string(request_parameters, '$.accessKeyId'), recipient_account_id
order by access_key_id, account_id
