-- One row per credential that was used, from all its events.
insert into uses
with told_apart as (
    select *
    from identified_events
    -- A network activity record is the endpoint owner's copy of a call, not a second call (T04).
    where coalesce(event_category, '') <> 'NetworkActivity'
)
select
    use_id_of(
        user_identity_type, access_key_id, principal_id, creation_date, account_id, invoked_by, subject,
        invoked_by_delegate_account_id, unsure_arn, authenticated
    ) as use_id,
    user_identity_type,
    access_key_id,
    min(join_key) as join_key,
    principal_id,
    creation_date,
    account_id,
    invoked_by,
    subject,
    invoked_by_delegate_account_id as delegate_account_id,
    authenticated,
    -- The session's own ARN (sts) sorts behind the role's (iam), which some records carry instead.
    max(arn) as arn,
    min(user_name) as user_name,
    min(session_name) as session_name,
    min(session_issuer_type) as session_issuer_type,
    min(session_issuer_principal_id) as session_issuer_principal_id,
    min(session_issuer_arn) as session_issuer_arn,
    min(session_issuer_account_id) as session_issuer_account_id,
    min(session_issuer_user_name) as session_issuer_user_name,
    min(source_identity) as source_identity,
    coalesce(min(source_identity) <> max(source_identity), false) as source_identity_differs,
    min(on_behalf_of) as on_behalf_of,
    coalesce(min(on_behalf_of) <> max(on_behalf_of), false) as on_behalf_of_differs,
    min(credentials_issued_to) as credentials_issued_to,
    coalesce(min(credentials_issued_to) <> max(credentials_issued_to), false) as credentials_issued_to_differs,
    min(ec2_role_delivery) as ec2_role_delivery,
    bool_or(assumed_root) as assumed_root,
    bool_or(session_credential_from_console) as from_console,
    min(event_time) as first_seen,
    max(event_time) as last_seen,
    count(*) as event_count
from told_apart
group by
    user_identity_type, access_key_id, principal_id, creation_date, account_id, invoked_by, subject,
    invoked_by_delegate_account_id, unsure_arn, authenticated
