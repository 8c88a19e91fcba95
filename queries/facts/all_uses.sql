-- Uses for provenance, each with whether it may be made up: what an identity in files that failed
-- verification says, and none in any other file, is no evidence.
with failed_records as (
    select
        records_apart.use_id,
        identities.* exclude (identity_id, session_credential_from_console),
        coalesce(
            records.session_credential_from_console, identities.session_credential_from_console, false
        ) as from_console
    from records_apart
    join files on files.file_id = records_apart.file_id and files.integrity = 'failed'
    join records
        on records.event_time = records_apart.event_time
        and records.file_id = records_apart.file_id
        and records.record = records_apart.record
    join identities on identities.identity_id = records.identity_id
    where coalesce(records.event_category, '') <> 'NetworkActivity'
),
-- Other records of these uses, by what their identities make, and those that are listed apart.
in_question as (
    select distinct use_id
    from failed_records
),
other_records as (
    select
        coalesce(records_apart.use_id, named_identities.authenticated_use_id) as use_id,
        identities.* exclude (identity_id, session_credential_from_console),
        coalesce(
            records.session_credential_from_console, identities.session_credential_from_console, false
        ) as from_console
    from named_identities
    join identities on identities.identity_id = named_identities.identity_id
    join records on records.identity_id = named_identities.identity_id
    left join records_apart
        on records_apart.file_id = records.file_id and records_apart.record = records.record
    where (
            named_identities.authenticated_use_id in (from in_question)
            or named_identities.unauthenticated_use_id in (from in_question)
        )
        and records.file_id not in (select file_id from files where integrity = 'failed')
        and coalesce(records.event_category, '') <> 'NetworkActivity'
),
doubted as (
    select use_id
    from (from failed_records except from other_records)
)
select *, use_id in (from doubted) as failed_integrity
from uses
