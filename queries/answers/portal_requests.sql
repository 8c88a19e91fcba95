-- Who asked the Identity Center portal for a role's session in those seconds (L20).
select
    event_time,
    event_name,
    arn,
    coalesce(
        on_behalf_of_identity_store_arn || '#' || on_behalf_of_user_id, user_name, principal_id
    ) as principal_id,
    cast(null as varchar) as access_key_id,
    event_id,
    recipient_account_id,
    file_id,
    record
from identified_events
where event_time between cast($at as timestamp) - interval 2 second and cast($at as timestamp) + interval 2 second
    and event_source = 'sso.amazonaws.com'
    and event_name in ('GetRoleCredentials', 'Federate')
    and error_code is null
    and authenticated
    and json_extract_string(service_event_details, '$.account_id') = $account_id
    and json_extract_string(service_event_details, '$.role_name') = $permission_set
order by event_time, event_id
