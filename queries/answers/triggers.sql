-- Calls of a principal that made a service act for it (L14): of the same request id; or to that service,
-- with a long-term key in the second in which the forwarded session began, or by the same session in a
-- second in which the service acted.
with acted as (
    select distinct event_time, request_id
    from events
    where event_time between $first_seen and $last_seen
        and access_key_id is not distinct from $access_key_id
        and principal_id = $principal_id
        and creation_date is not distinct from $creation_date
        and invoked_by = $invoked_by
    order by event_time, request_id
    limit 1000
),
own as (
    select
        *,
        coalesce(request_id in (select acted.request_id from acted), false) as same_request,
        creation_date is null as long_term
    from events
    where event_time between least(cast($first_seen as timestamp), coalesce($creation_date, $first_seen))
            - interval 5 second
        and cast($last_seen as timestamp) + interval 5 second
        and principal_id = $principal_id
        and account_id is not distinct from $account_id
        and invoked_by is null
        and coalesce(event_category, '') <> 'NetworkActivity'
)
select
    event_time,
    event_name,
    arn,
    principal_id,
    access_key_id,
    event_id,
    recipient_account_id,
    file_id,
    record,
    same_request,
    long_term
from own
where same_request
    or (event_source = $invoked_by and long_term and event_time = $creation_date)
    or (
        event_source = $invoked_by
        and creation_date = $creation_date
        and event_time in (select acted.event_time from acted)
    )
order by same_request desc, event_time desc, event_id
limit 50
