-- The records before `before` that leave: all but those that tell of a needed issuance, of the making
-- or changing of a workload or key, and of a needed use the first and last of each of its identities.
create or replace temp table gone as
with said as (
    -- A later ingest of the same text gives it another number.
    select identity_id, row(*columns(* exclude (identity_id))) as identity
    from identities
),
spoken as (
    select
        identified_events.use_id,
        said.identity,
        records.session_credential_from_console,
        records.event_name = 'CreateOAuth2Token' as begins_another,
        records.file_id,
        records.record,
        row(records.event_time, records.file_id, records.record) as place
    from identified_events
    join records on records.file_id = identified_events.file_id and records.record = identified_events.record
    join said on said.identity_id = records.identity_id
    where records.event_time < $before
        and coalesce(records.event_category, '') <> 'NetworkActivity'
        and identified_events.use_id in (select id from needed)
),
kept as (
    select unnest([
        arg_min(struct_pack(file_id := file_id, record := record), place),
        arg_max(struct_pack(file_id := file_id, record := record), place)
    ]) as kept
    from spoken
    group by use_id, identity, session_credential_from_console, begins_another
    union
    select struct_pack(file_id := file_id, record := record)
    from issuing_calls
    where issuance_id in (select id from needed)
    union
    select struct_pack(file_id := file_id, record := record)
    from resource_events
)
select file_id, record
from records
where event_time < $before
    and struct_pack(file_id := file_id, record := record) not in (select kept from kept)
