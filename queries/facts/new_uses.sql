-- One row per credential that records of new files were signed with, from those records.
create or replace temp table new_uses as
with calls as (
    select
        records.identity_id,
        records_apart.use_id as apart_use_id,
        records_apart.authenticated,
        bool_or(coalesce(
            records.session_credential_from_console, identities.session_credential_from_console
        )) as from_console,
        bool_or(event_name <> 'CreateOAuth2Token') as acts,
        min(records.event_time) as first_seen,
        max(records.event_time) as last_seen,
        count(*) as event_count
    from records
    join identities on identities.identity_id = records.identity_id
    left join records_apart
        on records_apart.file_id = records.file_id and records_apart.record = records.record
    -- A network activity record is the endpoint owner's copy of a call, not a second call (T04).
    where records.file_id >= $first_file_id
        and records.identity_id >= $first_identity_id
        and coalesce(event_category, '') <> 'NetworkActivity'
    group by records.identity_id, records_apart.use_id, records_apart.authenticated
)
select
    coalesce(calls.apart_use_id, named_identities.authenticated_use_id) as use_id,
    min(user_identity_type) as user_identity_type,
    min(access_key_id) as access_key_id,
    min(join_key) as join_key,
    min(principal_id) as principal_id,
    min(creation_date) as creation_date,
    min(account_id) as account_id,
    min(invoked_by) as invoked_by,
    min(subject) as subject,
    min(invoked_by_delegate_account_id) as delegate_account_id,
    bool_and(coalesce(authenticated, true)) as authenticated,
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
    min(case when calls.acts then sign_in_session_arn end) as sign_in_session_arn,
    min(federated_provider) as federated_provider,
    bool_or(calls.from_console) as from_console,
    min(form_grade(translated_from)) as form_grade,
    min(calls.first_seen) as first_seen,
    max(calls.last_seen) as last_seen,
    sum(calls.event_count) as event_count
from calls
join identities on identities.identity_id = calls.identity_id
join named_identities on named_identities.identity_id = calls.identity_id
where calls.identity_id >= $first_identity_id
group by use_id
