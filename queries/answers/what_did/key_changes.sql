-- What became of long-term keys by the last call in these logs that changed them: deleted, inactive, active.
select
    json_extract_string(request_parameters, '$.accessKeyId') as access_key_id,
    arg_max(
        case
            when event_name = 'DeleteAccessKey' then 'deleted'
            else lower(json_extract_string(request_parameters, '$.status'))
        end,
        (event_time, file_id, record)
    ) as state
from records
where event_source = 'iam.amazonaws.com'
    and event_name in ('DeleteAccessKey', 'UpdateAccessKey')
    and error_code is null
    and json_extract_string(request_parameters, '$.accessKeyId') in (select unnest($access_key_ids))
group by json_extract_string(request_parameters, '$.accessKeyId')
order by access_key_id
