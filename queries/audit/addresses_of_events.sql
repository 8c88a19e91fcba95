-- Where these events came from.
select distinct event_id, source_ip_address
from records
where event_id in (select unnest($event_ids::varchar[])) and source_ip_address is not null
order by event_id, source_ip_address
