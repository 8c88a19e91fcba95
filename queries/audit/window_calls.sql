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
within as (
    select
        records.event_time,
        records.recipient_account_id,
        records.aws_region,
        records.error_code,
        is_read_only(records.read_only, records.event_name) as read_only,
        coalesce(apart.use_id, named_identities.authenticated_use_id) as use_id,
        coalesce(apart.copied_by = 'L17', false) as told,
        records.file_id in (select file_id from files where integrity = 'failed') as failed_integrity,
        coalesce(records.event_category, '') = 'NetworkActivity' or (
            coalesce(identities.user_identity_type, '') = 'AWSAccount'
            and records.shared_event_id is not null
            and records.shared_event_id in (select shared_event_id from own)
        ) as is_copy
    from records
    join identities on identities.identity_id = records.identity_id
    join named_identities on named_identities.identity_id = records.identity_id
    left join apart on apart.file_id = records.file_id and apart.record = records.record
    where ($since::timestamp is null or records.event_time >= $since)
        and ($until::timestamp is null or records.event_time < $until)
)
select
    within.use_id,
    (origins.covers_from is null or within.event_time >= origins.covers_from)
        and (origins.covers_until is null or within.event_time <= origins.covers_until) as covered,
    within.told,
    within.failed_integrity,
    within.is_copy,
    within.recipient_account_id as account_id,
    within.aws_region as region,
    cast(within.event_time as date) as day,
    count(*) as calls,
    count(*) filter (where within.error_code is null and not within.read_only) as writes,
    count(*) filter (where is_denied(within.error_code)) as denied,
    count(*) filter (where within.error_code is not null and not is_denied(within.error_code)) as failed,
    min(within.event_time) as first_seen,
    max(within.event_time) as last_seen
from within
left join origins on origins.use_id = within.use_id
group by all
