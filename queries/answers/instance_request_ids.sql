-- The request ids of an instance's first credentials: the launch itself may bear them (L14).
with issued as (
    select event_time, unnest(evidence, recursive := true)
    from issuances
    where session_name = $instance_id
        and caller_type = 'AWSService'
        and caller_invoked_by = 'ec2.amazonaws.com'
    order by event_time, issuance_id
    limit 4
)
select distinct records.request_id, records.event_time
from issued
join records
    on records.event_time = issued.event_time
    and records.file_id = issued.file_id
    and records.record = issued.record
where records.request_id is not null
order by records.event_time, records.request_id
