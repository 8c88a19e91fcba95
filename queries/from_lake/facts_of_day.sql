-- In a day of the lake: where the records are that facts are made of. Those are the calls that issue
-- credentials, make or change workloads and keys, the first and last record of each identity of a use, and
-- whatever else is said of the same event or call: half of it could say something else.
create or replace temp table taken as
with spoken as (
    select
        records.identity_id,
        records_apart.use_id,
        records.session_credential_from_console,
        records.event_name = 'CreateOAuth2Token' as begins_another,
        records.file_id,
        records.record,
        row(records.event_time, records.file_id, records.record) as place
    from records
    left join records_apart
        on records_apart.file_id = records.file_id and records_apart.record = records.record
    where coalesce(records.event_category, '') <> 'NetworkActivity'
),
telling as (
    select unnest([
        arg_min(struct_pack(file_id := file_id, record := record), place),
        arg_max(struct_pack(file_id := file_id, record := record), place)
    ]) as told
    from spoken
    group by identity_id, use_id, session_credential_from_console, begins_another
    union
    select struct_pack(file_id := file_id, record := record)
    from issuing_calls
    union
    select struct_pack(file_id := file_id, record := record)
    from resource_events
    union
    select struct_pack(file_id := file_id, record := record)
    from records
    where event_id in (select event_id from conflicts) or event_id in (select event_id from own_ids)
),
shared as (
    select records.shared_event_id
    from records
    join telling on told.file_id = records.file_id and told.record = records.record
    where records.shared_event_id is not null
),
everything as (
    select told.file_id, told.record
    from telling
    union
    select file_id, record
    from records
    where shared_event_id in (from shared)
)
select file_id, record
from everything
where file_id in (from wanted_files)
