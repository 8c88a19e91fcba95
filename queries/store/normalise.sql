-- One row per record of the stream `documents` (file_id, first_record, plain, doc), where doc is
-- {"Records":[…]}. A plain document is known to hold nothing but records of known members, and is
-- read in one parse; of any other, each record is looked at on its own.
-- `problem` is set where the row cannot be an event as it stands; `raw` then holds the record (or,
-- for 'document', the whole document) for a second, slower look.
create or replace temp view normalised as
with plainly as (
    select
        *,
        case
            when plain then try(from_json(doc, '{"Records":[' || record_shape() || ']}')).Records
        end as structs
    from documents
),
split as (
    select
        *,
        case
            when structs is null
                then cast(try(from_json(doc, '{"Records":["JSON"]}')).Records as varchar[])
        end as texts
    from plainly
),
raw_records as (
    select
        file_id,
        structs is null and texts is null as is_document,
        structs is not null as is_plain,
        unnest(range(first_record, first_record + coalesce(len(structs), len(texts), 1))) as record,
        unnest(structs) as struct,
        unnest(case when structs is null then coalesce(texts, [doc]) end) as raw
    from split
),
parsed as (
    select
        file_id,
        record,
        is_document,
        is_plain,
        raw,
        case when not is_plain and not is_document then try(json_keys(raw, [
            '$', '$.userIdentity', '$.userIdentity.sessionContext',
            '$.userIdentity.sessionContext.attributes', '$.userIdentity.sessionContext.sessionIssuer',
            '$.userIdentity.sessionContext.webIdFederationData', '$.userIdentity.onBehalfOf',
            '$.userIdentity.inScopeOf', '$.userIdentity.invokedByDelegate'
        ])) end as keys,
        case
            when is_plain then struct
            when not is_document then try(from_json(raw, record_shape()))
        end as r
    from raw_records
),
judged as (
    select
        file_id,
        record,
        raw,
        r,
        keys,
        plausible_time(parse_time(r.eventTime)) as event_time,
        plausible_time(
            parse_time(nullif(r.userIdentity.sessionContext.attributes.creationDate, ''))
        ) as creation_date,
        redact_tokens(json_member(r.responseElements)) as response_elements,
        case
            when is_document then 'document'
            when not is_plain and not coalesce(starts_with(raw, '{'), false) then 'not_an_object'
            when len(keys[1]) <> len(list_distinct(keys[1]))
                or coalesce(len(keys[2]) <> len(list_distinct(keys[2])), false)
                or coalesce(len(keys[3]) <> len(list_distinct(keys[3])), false)
                or coalesce(len(keys[4]) <> len(list_distinct(keys[4])), false)
                or coalesce(len(keys[5]) <> len(list_distinct(keys[5])), false) then 'duplicate_key'
            when r.eventCategory in ('Insight', 'Aggregated', 'ActivityAuditLog')
                or r.eventType in ('AwsCloudTrailInsight', 'AwsAggregatedEvent')
                or r.eventSource = 'aws:s3' then 'not_event'
            when nullif(r.eventName, '') is null then 'no_event_name'
            when nullif(r.eventTime, '') is null then 'no_event_time'
            when plausible_time(parse_time(r.eventTime)) is null then 'bad_event_time'
            when not_an_object(raw, '$.userIdentity', keys[2], r.userIdentity)
                or not_an_object(
                    raw, '$.userIdentity.sessionContext', keys[3], r.userIdentity.sessionContext
                )
                or not_an_object(
                    raw,
                    '$.userIdentity.sessionContext.attributes',
                    keys[4],
                    r.userIdentity.sessionContext.attributes
                )
                or not_an_object(
                    raw,
                    '$.userIdentity.sessionContext.sessionIssuer',
                    keys[5],
                    r.userIdentity.sessionContext.sessionIssuer
                )
                or not_an_object(
                    raw,
                    '$.userIdentity.sessionContext.webIdFederationData',
                    keys[6],
                    r.userIdentity.sessionContext.webIdFederationData
                )
                or not_an_object(
                    raw, '$.userIdentity.onBehalfOf', keys[7], r.userIdentity.onBehalfOf
                )
                or not_an_object(raw, '$.userIdentity.inScopeOf', keys[8], r.userIdentity.inScopeOf)
                or not_an_object(
                    raw, '$.userIdentity.invokedByDelegate', keys[9], r.userIdentity.invokedByDelegate
                ) then 'bad_user_identity'
        end as problem,
        -- Documented keys are columns or known shapes; anything else is preserved in `extra`.
        is_plain or list_has_all([
            'eventTime', 'eventID', 'eventVersion', 'eventSource', 'eventName', 'eventType', 'eventCategory',
            'awsRegion', 'recipientAccountId', 'sourceIPAddress', 'userAgent', 'errorCode', 'errorMessage',
            'requestID', 'sharedEventID', 'apiVersion', 'readOnly', 'managementEvent', 'vpcEndpointId',
            'vpcEndpointAccountId', 'sessionCredentialFromConsole', 'requestParameters', 'responseElements',
            'additionalEventData', 'serviceEventDetails', 'resources', 'tlsDetails', 'addendum', 'userIdentity'
        ], keys[1])
        and list_has_all([
            'type', 'principalId', 'arn', 'accountId', 'accessKeyId', 'userName', 'invokedBy',
            'identityProvider', 'sessionContext', 'credentialId', 'onBehalfOf', 'inScopeOf',
            'invokedByDelegate'
        ], coalesce(keys[2], []))
        and list_has_all([
            'sourceIdentity', 'ec2RoleDelivery', 'assumedRoot', 'signInSessionArn', 'sessionIssuer',
            'attributes', 'webIdFederationData'
        ], coalesce(keys[3], []))
        and list_has_all(['creationDate', 'mfaAuthenticated', 'sessionCredentialFromConsole'], coalesce(keys[4], []))
        and list_has_all(['type', 'principalId', 'arn', 'accountId', 'userName'], coalesce(keys[5], []))
        and list_has_all(['federatedProvider'], coalesce(keys[6], []))
        and list_has_all(['userId', 'identityStoreArn'], coalesce(keys[7], []))
        and list_has_all(
            ['sourceArn', 'sourceAccount', 'issuerType', 'credentialsIssuedTo'], coalesce(keys[8], [])
        )
        and list_has_all(['accountId'], coalesce(keys[9], [])) as all_keys_known
    from parsed
)
select
    event_time,
    nullif(r.eventID, '') as event_id,
    nullif(r.eventVersion, '') as event_version,
    nullif(r.eventSource, '') as event_source,
    nullif(r.eventName, '') as event_name,
    nullif(r.eventType, '') as event_type,
    nullif(r.eventCategory, '') as event_category,
    nullif(r.awsRegion, '') as aws_region,
    nullif(r.recipientAccountId, '') as recipient_account_id,
    nullif(r.sourceIPAddress, '') as source_ip_address,
    nullif(r.userAgent, '') as user_agent,
    nullif(r.errorCode, '') as error_code,
    redact_tokens(nullif(r.errorMessage, '')) as error_message,
    nullif(r.requestID, '') as request_id,
    nullif(r.sharedEventID, '') as shared_event_id,
    nullif(r.apiVersion, '') as api_version,
    parse_boolean(r.readOnly) as read_only,
    parse_boolean(r.managementEvent) as management_event,
    nullif(r.vpcEndpointId, '') as vpc_endpoint_id,
    nullif(r.vpcEndpointAccountId, '') as vpc_endpoint_account_id,
    nullif(r.userIdentity.type, '') as user_identity_type,
    nullif(r.userIdentity.principalId, '') as principal_id,
    nullif(r.userIdentity.arn, '') as arn,
    nullif(r.userIdentity.accountId, '') as account_id,
    nullif(r.userIdentity.accessKeyId, '') as access_key_id,
    nullif(r.userIdentity.userName, '') as user_name,
    nullif(r.userIdentity.invokedBy, '') as invoked_by,
    nullif(r.userIdentity.identityProvider, '') as identity_provider,
    nullif(r.userIdentity.credentialId, '') as credential_id,
    nullif(r.userIdentity.onBehalfOf.userId, '') as on_behalf_of_user_id,
    nullif(r.userIdentity.onBehalfOf.identityStoreArn, '') as on_behalf_of_identity_store_arn,
    nullif(r.userIdentity.invokedByDelegate.accountId, '') as invoked_by_delegate_account_id,
    nullif(r.userIdentity.inScopeOf.sourceArn, '') as in_scope_of_source_arn,
    nullif(r.userIdentity.inScopeOf.sourceAccount, '') as in_scope_of_source_account,
    nullif(r.userIdentity.inScopeOf.issuerType, '') as in_scope_of_issuer_type,
    nullif(r.userIdentity.inScopeOf.credentialsIssuedTo, '') as credentials_issued_to,
    nullif(r.userIdentity.sessionContext.sessionIssuer.type, '') as session_issuer_type,
    nullif(r.userIdentity.sessionContext.sessionIssuer.principalId, '') as session_issuer_principal_id,
    nullif(r.userIdentity.sessionContext.sessionIssuer.arn, '') as session_issuer_arn,
    nullif(r.userIdentity.sessionContext.sessionIssuer.accountId, '') as session_issuer_account_id,
    nullif(r.userIdentity.sessionContext.sessionIssuer.userName, '') as session_issuer_user_name,
    creation_date,
    parse_boolean(r.userIdentity.sessionContext.attributes.mfaAuthenticated) as mfa_authenticated,
    nullif(r.userIdentity.sessionContext.sourceIdentity, '') as source_identity,
    nullif(r.userIdentity.sessionContext.ec2RoleDelivery, '') as ec2_role_delivery,
    parse_boolean(r.userIdentity.sessionContext.assumedRoot) as assumed_root,
    nullif(r.userIdentity.sessionContext.signInSessionArn, '') as sign_in_session_arn,
    nullif(r.userIdentity.sessionContext.webIdFederationData.federatedProvider, '') as federated_provider,
    coalesce(
        parse_boolean(r.sessionCredentialFromConsole),
        parse_boolean(r.userIdentity.sessionContext.attributes.sessionCredentialFromConsole)
    ) as session_credential_from_console,
    case
        when contains(response_elements, '[redacted]')
            then sha256(json_extract_string(json_member(r.responseElements), '$.credentials.sessionToken'))
    end as session_token_sha256,
    redact_tokens(json_member(r.requestParameters)) as request_parameters,
    response_elements,
    redact_tokens(json_member(r.additionalEventData)) as additional_event_data,
    redact_tokens(json_member(r.serviceEventDetails)) as service_event_details,
    json_member(r.resources) as resources,
    json_member(r.tlsDetails) as tls_details,
    json_member(r.addendum) as addendum,
    case
        when all_keys_known or problem is not null then null
        else nullif(without_empty_objects(redact_tokens(json_merge_patch(raw, '{
            "eventTime":null,"eventID":null,"eventVersion":null,"eventSource":null,"eventName":null,
            "eventType":null,"eventCategory":null,"awsRegion":null,"recipientAccountId":null,
            "sourceIPAddress":null,"userAgent":null,"errorCode":null,"errorMessage":null,"requestID":null,
            "sharedEventID":null,"apiVersion":null,"readOnly":null,"managementEvent":null,
            "vpcEndpointId":null,"vpcEndpointAccountId":null,"sessionCredentialFromConsole":null,
            "requestParameters":null,"responseElements":null,"additionalEventData":null,
            "serviceEventDetails":null,"resources":null,"tlsDetails":null,"addendum":null,
            "userIdentity":{"type":null,"principalId":null,"arn":null,"accountId":null,"accessKeyId":null,
                "userName":null,"invokedBy":null,"identityProvider":null,"credentialId":null,
                "onBehalfOf":{"userId":null,"identityStoreArn":null},"invokedByDelegate":{"accountId":null},
                "inScopeOf":{"sourceArn":null,"sourceAccount":null,"issuerType":null,
                    "credentialsIssuedTo":null},
                "sessionContext":{"sourceIdentity":null,"ec2RoleDelivery":null,"assumedRoot":null,
                    "signInSessionArn":null,
                    "sessionIssuer":{"type":null,"principalId":null,"arn":null,"accountId":null,
                        "userName":null},
                    "attributes":{"creationDate":null,"mfaAuthenticated":null,
                        "sessionCredentialFromConsole":null},
                    "webIdFederationData":{"federatedProvider":null}}}
        }'))), '{}')
    end as extra,
    file_id,
    record,
    problem,
    case when problem is not null then raw end as raw
from judged
