-- Calls of principals that made services act for them (L14), by the number of the asked-about use: of the
-- same request id; or to that service, with a long-term key in the second in which the forwarded session
-- began, or by the same session in a second in which the service acted. What was not authenticated, or only
-- another account's log claims, is nobody's call.
with unsure as (
    select file_id, record from records_apart where not authenticated
),
wanted as materialized (
    select
        unnest(cast($numbers as bigint[])) as number,
        unnest(cast($first_seen as timestamp[])) as first_seen,
        unnest(cast($last_seen as timestamp[])) as last_seen,
        unnest(cast($access_key_ids as varchar[])) as access_key_id,
        unnest(cast($principal_ids as varchar[])) as principal_id,
        unnest(cast($creation_dates as timestamp[])) as creation_date,
        unnest(cast($account_ids as varchar[])) as account_id,
        unnest(cast($services as varchar[])) as invoked_by
),
acted as materialized (
    select distinct wanted.number, events.event_time, events.request_id
    from events
    join wanted
        on events.access_key_id is not distinct from wanted.access_key_id
        and events.principal_id = wanted.principal_id
        and events.creation_date is not distinct from wanted.creation_date
        and events.invoked_by = wanted.invoked_by
    anti join unsure on unsure.file_id = events.file_id and unsure.record = events.record
    where events.event_time between $since and $until
        and events.event_time between wanted.first_seen and wanted.last_seen
    qualify row_number() over (partition by wanted.number order by events.event_time, events.request_id) <= 1000
),
own as (
    select
        events.*,
        wanted.number,
        wanted.creation_date as began,
        wanted.invoked_by as service,
        coalesce(
            (wanted.number, events.request_id) in (
                select (acted.number, acted.request_id) from acted where acted.request_id is not null
            ),
            false
        ) as same_request,
        events.creation_date is null as long_term
    from events
    join wanted
        on events.principal_id = wanted.principal_id
        and events.account_id is not distinct from wanted.account_id
    anti join unsure on unsure.file_id = events.file_id and unsure.record = events.record
    where events.invoked_by is null
        and events.event_time between least(wanted.first_seen, coalesce(wanted.creation_date, wanted.first_seen))
            - interval 5 second
        and wanted.last_seen + interval 5 second
        and coalesce(events.event_category, '') <> 'NetworkActivity'
)
select
    number,
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
    or (event_source = service and long_term and event_time = began)
    or (
        event_source = service
        and creation_date = began
        and (number, event_time) in (select (acted.number, acted.event_time) from acted)
    )
qualify row_number() over (partition by number order by same_request desc, event_time desc, event_id) <= 50
order by number, same_request desc, event_time desc, event_id
