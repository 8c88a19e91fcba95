-- The calls of a window, each once, counted by credential, account, Region and day: what the other
-- statements of a report are made from, so that records are read once. `is_copy` marks what the view
-- `calls` leaves out; `told` what only another account recorded and `copies` ties to its caller (L17).
create or replace temp table window_calls as
with apart as (
    select
        coalesce(records_apart.file_id, copies.file_id) as file_id,
        coalesce(records_apart.record, copies.record) as record,
        coalesce(copies.use_id, records_apart.use_id) as use_id,
        copies.rule as copied_by
    from records_apart
    full join copies
        on copies.file_id = records_apart.file_id and copies.record = records_apart.record
    where ($since::timestamp is null or coalesce(records_apart.event_time, copies.event_time) >= $since)
        and ($until::timestamp is null or coalesce(records_apart.event_time, copies.event_time) < $until)
),
copied as (
    select records.shared_event_id
    from identities
    join records on records.identity_id = identities.identity_id
    where identities.user_identity_type = 'AWSAccount'
        and records.shared_event_id is not null
        and ($since::timestamp is null or records.event_time >= $since)
        and ($until::timestamp is null or records.event_time < $until)
),
own as materialized (
    select distinct records.shared_event_id
    from records
    join identities on identities.identity_id = records.identity_id
    where records.shared_event_id in (select shared_event_id from copied)
        and coalesce(identities.user_identity_type, '') <> 'AWSAccount'
        and coalesce(records.event_category, '') <> 'NetworkActivity'
),
callers as materialized (
    select
        identities.identity_id,
        coalesce(identities.user_identity_type, '') = 'AWSAccount' as from_account,
        named_identities.authenticated_use_id as use_id,
        origins.covers_from,
        origins.covers_until
    from identities
    join named_identities on named_identities.identity_id = identities.identity_id
    left join origins on origins.use_id = named_identities.authenticated_use_id
),
within as (
    -- Counted by identity first: numbers are joined and grouped faster than names.
    select
        records.identity_id,
        apart.use_id as other_use_id,
        case
            when apart.use_id is null then (callers.covers_from is null or records.event_time >= callers.covers_from)
                and (callers.covers_until is null or records.event_time <= callers.covers_until)
            else (origins.covers_from is null or records.event_time >= origins.covers_from)
                and (origins.covers_until is null or records.event_time <= origins.covers_until)
        end as covered,
        coalesce(apart.copied_by = 'L17', false) as told,
        records.file_id in (select file_id from files where integrity = 'failed') as failed_integrity,
        coalesce(records.event_category, '') = 'NetworkActivity' or (
            callers.from_account
            and records.shared_event_id is not null
            and records.shared_event_id in (select shared_event_id from own)
        ) as is_copy,
        records.recipient_account_id as account_id,
        records.aws_region as region,
        cast(records.event_time as date) as day,
        count(*) as calls,
        count(*) filter (
            where records.error_code is null and not is_read_only(records.read_only, records.event_name)
        ) as writes,
        count(*) filter (where records.error_code is not null and is_denied(records.error_code)) as denied,
        count(*) filter (where records.error_code is not null and not is_denied(records.error_code)) as failed,
        min(records.event_time) as first_seen,
        max(records.event_time) as last_seen
    from records
    join callers on callers.identity_id = records.identity_id
    left join apart on apart.file_id = records.file_id and apart.record = records.record
    left join origins on origins.use_id = apart.use_id
    where ($since::timestamp is null or records.event_time >= $since)
        and ($until::timestamp is null or records.event_time < $until)
    group by all
)
select
    coalesce(within.other_use_id, callers.use_id) as use_id,
    within.covered,
    within.told,
    within.failed_integrity,
    within.is_copy,
    within.account_id,
    within.region,
    within.day,
    cast(sum(within.calls) as bigint) as calls,
    cast(sum(within.writes) as bigint) as writes,
    cast(sum(within.denied) as bigint) as denied,
    cast(sum(within.failed) as bigint) as failed,
    min(within.first_seen) as first_seen,
    max(within.last_seen) as last_seen
from within
join callers on callers.identity_id = within.identity_id
group by all
