-- The nodes that asked for a pod's session of a cluster in one second (L26).
select event_time, event_name, arn, principal_id, access_key_id, event_id, recipient_account_id, file_id, record
from identified_events
where event_time = cast($at as timestamp)
    and event_source = 'eks-auth.amazonaws.com'
    and event_name = 'AssumeRoleForPodIdentity'
    and error_code is null
    and authenticated
    and account_id = $account_id
    and json_extract_string(request_parameters, '$.clusterName') = $cluster
order by event_id
