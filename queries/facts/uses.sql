-- One row per credential that was used, from all its events.
insert into uses
select
    use_id,
    min(user_identity_type) as user_identity_type,
    min(access_key_id) as access_key_id,
    min(join_key) as join_key,
    min(principal_id) as principal_id,
    min(creation_date) as creation_date,
    min(account_id) as account_id,
    min(invoked_by) as invoked_by,
    min(subject) as subject,
    min(invoked_by_delegate_account_id) as delegate_account_id,
    bool_and(authenticated) as authenticated,
    min(arn) as arn,
    min(user_name) as user_name,
    min(session_name) as session_name,
    min(session_issuer_type) as session_issuer_type,
    min(session_issuer_principal_id) as session_issuer_principal_id,
    min(session_issuer_arn) as session_issuer_arn,
    min(session_issuer_account_id) as session_issuer_account_id,
    min(session_issuer_user_name) as session_issuer_user_name,
    min(source_identity) as source_identity,
    count(distinct source_identity) as source_identities,
    min(on_behalf_of_identity_store_arn || '#' || on_behalf_of_user_id) as on_behalf_of,
    count(distinct on_behalf_of_identity_store_arn || '#' || on_behalf_of_user_id) as on_behalf_of_count,
    min(credentials_issued_to) as credentials_issued_to,
    count(distinct credentials_issued_to) as credentials_issued_to_count,
    min(ec2_role_delivery) as ec2_role_delivery,
    bool_or(assumed_root) as assumed_root,
    bool_or(session_credential_from_console) as from_console,
    min(event_time) as first_seen,
    max(event_time) as last_seen,
    count(*) as event_count
from identified_events
-- A network activity record is the endpoint owner's copy of a call, not a second call (T04).
where coalesce(event_category, '') <> 'NetworkActivity'
group by use_id
