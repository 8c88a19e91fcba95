-- Names the identities that came with new records.
insert into named_identities by name
with named as (
    select
        *,
        -- Only such ids may join: placeholders and masked ids name no credential. Anonymised logs
        -- hold digits that base32 lacks, so all of 0-9 is accepted.
        case
            when regexp_full_match(access_key_id, '(AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}')
                then access_key_id
        end as join_key,
        -- The session name: behind the first colon of a role session's principal id, else behind
        -- the last slash of its ARN. It was chosen by the caller and proves nothing (T09).
        case
            when user_identity_type in ('AssumedRole', 'AWSAccount') and contains(principal_id, ':')
                then substr(principal_id, strpos(principal_id, ':') + 1)
            when user_identity_type = 'AssumedRole' then regexp_extract(arn, '/([^/]+)$', 1)
        end as session_name,
        -- A placeholder is no unique id: without one, only the ARN tells principals apart.
        case
            when not coalesce(
                regexp_full_match(principal_id, '(A(IDA|ROA)[A-Z0-9]{8,}|[0-9]{12})(:.*)?'), false
            ) then arn
        end as unsure_arn,
        on_behalf_of_identity_store_arn || '#' || on_behalf_of_user_id as on_behalf_of,
        -- A person or workload named by somebody other than IAM.
        case
            when user_identity_type = 'IdentityCenterUser'
                then coalesce(on_behalf_of_identity_store_arn, '') || '#' || coalesce(on_behalf_of_user_id, '')
            when user_identity_type in ('SAMLUser', 'WebIdentityUser')
                then coalesce(identity_provider, '') || '#' || coalesce(user_name, '')
            when principal_id is null and arn is null and access_key_id is null then user_name
        end as subject
    from identities
    anti join named_identities on named_identities.identity_id = identities.identity_id
)
select
    identity_id,
    join_key,
    session_name,
    unsure_arn,
    on_behalf_of,
    subject,
    use_id_of(
        user_identity_type, access_key_id, principal_id, creation_date, account_id, invoked_by, subject,
        invoked_by_delegate_account_id, unsure_arn, translated_from, true
    ) as authenticated_use_id,
    use_id_of(
        user_identity_type, access_key_id, principal_id, creation_date, account_id, invoked_by, subject,
        invoked_by_delegate_account_id, unsure_arn, translated_from, false
    ) as unauthenticated_use_id
from named
