-- The userIdentity members in `frame` (identity_id, text), read member by member. `problem` is set
-- where a record of that identity cannot be an event as it stands.
create or replace temp table read_identities as
with parsed as materialized (
    select
        identity_id,
        case when json_valid(text) then text end as raw,
        try(from_json(text, identity_shape())) as u,
        try(json_keys(text, [
            '$', '$.sessionContext', '$.sessionContext.attributes', '$.sessionContext.sessionIssuer',
            '$.sessionContext.webIdFederationData', '$.onBehalfOf', '$.inScopeOf', '$.invokedByDelegate'
        ])) as keys
    from (select identity_id, coalesce(nullif(text, ''), 'null') as text from frame)
),
-- Identities come in few shapes: what their keys say is looked at once for each.
shapes as materialized (
    select
        keys,
        names_twice(keys[1]) or names_twice(keys[2]) or names_twice(keys[3]) or names_twice(keys[4])
            or names_twice(keys[5]) or names_twice(keys[6]) or names_twice(keys[7]) or names_twice(keys[8])
            as any_twice,
        coalesce(
            list_has_all([
                'type', 'principalId', 'arn', 'accountId', 'accessKeyId', 'userName', 'invokedBy',
                'identityProvider', 'credentialId', 'onBehalfOf', 'invokedByDelegate', 'inScopeOf',
                'sessionContext', 'translatedFrom'
            ], keys[1])
            and list_has_all([
                'sourceIdentity', 'ec2RoleDelivery', 'assumedRoot', 'signInSessionArn', 'sessionIssuer',
                'attributes', 'webIdFederationData'
            ], keys[2])
            and list_has_all(['creationDate', 'mfaAuthenticated', 'sessionCredentialFromConsole'], keys[3])
            and list_has_all(['type', 'principalId', 'arn', 'accountId', 'userName'], keys[4])
            and list_has_all(['federatedProvider'], keys[5])
            and list_has_all(['userId', 'identityStoreArn'], keys[6])
            and list_has_all(['sourceArn', 'sourceAccount', 'issuerType', 'credentialsIssuedTo'], keys[7])
            and list_has_all(['accountId'], keys[8]),
            false
        ) as all_known
    from (select distinct keys from parsed)
),
shaped as (
    select
        parsed.*,
        shapes.any_twice,
        -- DuckDB works out for every row what a `case` needs: for most, let it be of nothing.
        case when starts_with(raw, '{') and not shapes.all_known then raw else '{}' end as raw_with_more
    from parsed
    join shapes on shapes.keys is not distinct from parsed.keys
)
select
    identity_id,
    nullif(u.type, '') as user_identity_type,
    nullif(u.principalId, '') as principal_id,
    nullif(u.arn, '') as arn,
    nullif(u.accountId, '') as account_id,
    nullif(u.accessKeyId, '') as access_key_id,
    nullif(u.userName, '') as user_name,
    nullif(u.invokedBy, '') as invoked_by,
    nullif(u.identityProvider, '') as identity_provider,
    nullif(u.credentialId, '') as credential_id,
    nullif(u.onBehalfOf.userId, '') as on_behalf_of_user_id,
    nullif(u.onBehalfOf.identityStoreArn, '') as on_behalf_of_identity_store_arn,
    nullif(u.invokedByDelegate.accountId, '') as invoked_by_delegate_account_id,
    nullif(u.inScopeOf.sourceArn, '') as in_scope_of_source_arn,
    nullif(u.inScopeOf.sourceAccount, '') as in_scope_of_source_account,
    nullif(u.inScopeOf.issuerType, '') as in_scope_of_issuer_type,
    nullif(u.inScopeOf.credentialsIssuedTo, '') as credentials_issued_to,
    nullif(u.sessionContext.sessionIssuer.type, '') as session_issuer_type,
    nullif(u.sessionContext.sessionIssuer.principalId, '') as session_issuer_principal_id,
    nullif(u.sessionContext.sessionIssuer.arn, '') as session_issuer_arn,
    nullif(u.sessionContext.sessionIssuer.accountId, '') as session_issuer_account_id,
    nullif(u.sessionContext.sessionIssuer.userName, '') as session_issuer_user_name,
    plausible_time(
        parse_time(nullif(u.sessionContext.attributes.creationDate, ''))
    ) as creation_date,
    parse_boolean(u.sessionContext.attributes.mfaAuthenticated) as mfa_authenticated,
    nullif(u.sessionContext.sourceIdentity, '') as source_identity,
    nullif(u.sessionContext.ec2RoleDelivery, '') as ec2_role_delivery,
    parse_boolean(u.sessionContext.assumedRoot) as assumed_root,
    nullif(u.sessionContext.signInSessionArn, '') as sign_in_session_arn,
    nullif(u.sessionContext.webIdFederationData.federatedProvider, '') as federated_provider,
    parse_boolean(u.sessionContext.attributes.sessionCredentialFromConsole)
        as session_credential_from_console,
    nullif(without_empty_objects(redact_tokens(json_merge_patch(raw_with_more, '{
        "type":null,"principalId":null,"arn":null,"accountId":null,"accessKeyId":null,"userName":null,
        "invokedBy":null,"identityProvider":null,"credentialId":null,"translatedFrom":null,
        "onBehalfOf":{"userId":null,"identityStoreArn":null},"invokedByDelegate":{"accountId":null},
        "inScopeOf":{"sourceArn":null,"sourceAccount":null,"issuerType":null,"credentialsIssuedTo":null},
        "sessionContext":{"sourceIdentity":null,"ec2RoleDelivery":null,"assumedRoot":null,
            "signInSessionArn":null,
            "sessionIssuer":{"type":null,"principalId":null,"arn":null,"accountId":null,"userName":null},
            "attributes":{"creationDate":null,"mfaAuthenticated":null,
                "sessionCredentialFromConsole":null},
            "webIdFederationData":{"federatedProvider":null}}
    }'))), '{}') as extra,
    nullif(u.translatedFrom, '') as translated_from,
    case
        when raw in ('null', '""') then null
        when raw is null then 'bad_user_identity'
        when u is null then 'bad_user_identity'
        when any_twice then 'duplicate_key'
        when not starts_with(raw, '{')
            or not_an_object(raw, '$.sessionContext', keys[2], u.sessionContext)
            or not_an_object(raw, '$.sessionContext.attributes', keys[3], u.sessionContext.attributes)
            or not_an_object(raw, '$.sessionContext.sessionIssuer', keys[4], u.sessionContext.sessionIssuer)
            or not_an_object(
                raw, '$.sessionContext.webIdFederationData', keys[5], u.sessionContext.webIdFederationData
            )
            or not_an_object(raw, '$.onBehalfOf', keys[6], u.onBehalfOf)
            or not_an_object(raw, '$.inScopeOf', keys[7], u.inScopeOf)
            or not_an_object(raw, '$.invokedByDelegate', keys[8], u.invokedByDelegate)
            then 'bad_user_identity'
    end as problem
from shaped
