-- What records at known places say of their calls.
select file_id, record, event_time, request_id, principal_id, source_ip_address, user_agent
from events
where event_time in (select unnest(cast($times as timestamp[])))
    and file_id in (select unnest(cast($file_ids as bigint[])))
    and record in (select unnest(cast($records as bigint[])))
