-- The addresses and user agents that a credential was used with.
select distinct source_ip_address, user_agent
from events
where event_time between $first_seen and $last_seen
    and access_key_id is not distinct from $access_key_id
    and principal_id is not distinct from $principal_id
    and creation_date is not distinct from $creation_date
order by source_ip_address, user_agent
limit 100
