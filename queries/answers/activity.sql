-- What a credential did. The time window prunes what is read.
select
    event_source,
    event_name,
    count(distinct coalesce(event_id, cast(file_id as varchar) || '#' || cast(record as varchar))) as calls,
    count(error_code) as errors
from events
where event_time between $first_seen and $last_seen
    and access_key_id is not distinct from $access_key_id
    and principal_id is not distinct from $principal_id
    and creation_date is not distinct from $creation_date
    and user_identity_type is not distinct from $user_identity_type
    and account_id is not distinct from $account_id
    and invoked_by_delegate_account_id is not distinct from $delegate_account_id
    and coalesce(event_category, '') <> 'NetworkActivity'
group by event_source, event_name
order by calls desc, event_source, event_name
