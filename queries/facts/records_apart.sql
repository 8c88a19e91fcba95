-- The records of new files whose use is not the authenticated one of their identity, and those of files
-- that failed verification: what they say of their calls proves nothing.
insert into records_apart by name
with judged as (
    select
        event_time,
        event_source,
        event_name,
        records.identity_id,
        file_id,
        record,
        is_authenticated(event_source, event_name, response_elements, error_code)
            and told_by_own_account(
                user_identity_type, account_id, arn, recipient_account_id, event_version
            ) as authenticated
    from records
    join identities on identities.identity_id = records.identity_id
    where file_id >= $first_file_id and records.identity_id >= $first_identity_id
)
select
    event_time,
    authenticated,
    use_id_at(
        case when authenticated then authenticated_use_id else unauthenticated_use_id end,
        event_source, event_name, event_time
    ) as use_id,
    file_id,
    record
from judged
join named_identities on named_identities.identity_id = judged.identity_id
where judged.identity_id >= $first_identity_id
    and (
        not authenticated
        or (event_source = 'signin.amazonaws.com' and event_name = 'SwitchRole')
        or file_id in (select file_id from files where integrity = 'failed')
    )
