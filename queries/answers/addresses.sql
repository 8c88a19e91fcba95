-- Where a credential was used from, most used first.
select source_ip_address, count(*) as calls
from events
where event_time between $first_seen and $last_seen
    and access_key_id is not distinct from $access_key_id
    and principal_id is not distinct from $principal_id
    and creation_date is not distinct from $creation_date
    and user_identity_type is not distinct from $user_identity_type
    and account_id is not distinct from $account_id
    and invoked_by_delegate_account_id is not distinct from $delegate_account_id
    and source_ip_address is not null
group by source_ip_address
order by calls desc, source_ip_address
