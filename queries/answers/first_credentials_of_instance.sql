-- Where an instance's first credentials are told of: the launch itself may bear the request ids of these (L14).
select event_time, unnest(evidence, recursive := true)
from issuances
where session_name = $instance_id
    and caller_type = 'AWSService'
    and caller_invoked_by = 'ec2.amazonaws.com'
    and issuance_id in (select issuance_id from issued_to_instances where instance_id = $instance_id)
order by event_time, issuance_id
limit 4
