-- What the new records say of their credentials, put together with what is known of these. Each column
-- is a least, a greatest, a sum or whether any record says so, and can be had from those of parts.
create or replace temp table joined_uses as
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
    min(delegate_account_id) as delegate_account_id,
    bool_and(authenticated) as authenticated,
    max(arn) as arn,
    min(user_name) as user_name,
    min(session_name) as session_name,
    min(session_issuer_type) as session_issuer_type,
    min(session_issuer_principal_id) as session_issuer_principal_id,
    min(session_issuer_arn) as session_issuer_arn,
    min(session_issuer_account_id) as session_issuer_account_id,
    min(session_issuer_user_name) as session_issuer_user_name,
    min(source_identity) as source_identity,
    bool_or(source_identity_differs) or coalesce(min(source_identity) <> max(source_identity), false) as source_identity_differs,
    min(on_behalf_of) as on_behalf_of,
    bool_or(on_behalf_of_differs) or coalesce(min(on_behalf_of) <> max(on_behalf_of), false) as on_behalf_of_differs,
    min(credentials_issued_to) as credentials_issued_to,
    bool_or(credentials_issued_to_differs) or coalesce(min(credentials_issued_to) <> max(credentials_issued_to), false) as credentials_issued_to_differs,
    min(ec2_role_delivery) as ec2_role_delivery,
    bool_or(assumed_root) as assumed_root,
    min(sign_in_session_arn) as sign_in_session_arn,
    min(federated_provider) as federated_provider,
    bool_or(from_console) as from_console,
    min(form_grade) as form_grade,
    min(first_seen) as first_seen,
    max(last_seen) as last_seen,
    sum(event_count) as event_count
from (from uses semi join new_uses on new_uses.use_id = uses.use_id union all by name from new_uses)
group by use_id;

delete from uses where use_id in (select use_id from joined_uses);

insert into uses by name
from joined_uses
order by use_id  -- a use of many is then found without reading them all
