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
-- Identities first: they lead to few records, where all that a view joins would be many.
services as materialized (
    select wanted.*, identities.identity_id
    from identities
    join wanted
        on identities.access_key_id is not distinct from wanted.access_key_id
        and identities.principal_id = wanted.principal_id
        and identities.creation_date is not distinct from wanted.creation_date
        and identities.invoked_by = wanted.invoked_by
),
acted as materialized (
    select distinct services.number, records.event_time, records.request_id
    from records
    join services on services.identity_id = records.identity_id
    anti join unsure on unsure.file_id = records.file_id and unsure.record = records.record
    where records.event_time between $since and $until
        and records.event_time between services.first_seen and services.last_seen
    qualify row_number() over (partition by services.number order by records.event_time, records.request_id) <= 1000
),
callers as materialized (
    select
        wanted.number,
        wanted.first_seen,
        wanted.last_seen,
        wanted.creation_date as began,
        wanted.invoked_by as service,
        identities.identity_id,
        identities.arn,
        identities.principal_id,
        identities.access_key_id,
        identities.creation_date
    from identities
    join wanted
        on identities.principal_id = wanted.principal_id
        and identities.account_id is not distinct from wanted.account_id
    where identities.invoked_by is null
),
own as (
    select
        callers.*,
        records.event_time,
        records.event_source,
        records.event_name,
        records.event_id,
        records.recipient_account_id,
        records.file_id,
        records.record,
        coalesce(
            (callers.number, records.request_id) in (
                select (acted.number, acted.request_id) from acted where acted.request_id is not null
            ),
            false
        ) as same_request,
        callers.creation_date is null as long_term
    from records
    join callers on callers.identity_id = records.identity_id
    anti join unsure on unsure.file_id = records.file_id and unsure.record = records.record
    where records.event_time between $calls_since and $calls_until
        and records.event_time between least(callers.first_seen, coalesce(callers.began, callers.first_seen))
            - interval 5 second
        and callers.last_seen + interval 5 second
        and coalesce(records.event_category, '') <> 'NetworkActivity'
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
