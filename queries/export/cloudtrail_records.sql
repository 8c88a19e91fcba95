-- Every record as CloudTrail writes it, put together again from its columns. Members that were null
-- or empty are left out; tokens stay redacted. `eventVersion` comes first: it tells readers that the
-- object is a record, whatever else is in it.
create or replace temp view cloudtrail_records as
with identity_members as (
    select
        identity_id,
        extra,
        '{' || concat_ws(
            ',',
            '"type":' || to_json(user_identity_type),
            '"principalId":' || to_json(principal_id),
            '"arn":' || to_json(arn),
            '"accountId":' || to_json(account_id),
            '"accessKeyId":' || to_json(access_key_id),
            '"userName":' || to_json(user_name),
            '"sessionContext":{' || nullif(concat_ws(
                ',',
                '"sessionIssuer":{' || nullif(concat_ws(
                    ',',
                    '"type":' || to_json(session_issuer_type),
                    '"principalId":' || to_json(session_issuer_principal_id),
                    '"arn":' || to_json(session_issuer_arn),
                    '"accountId":' || to_json(session_issuer_account_id),
                    '"userName":' || to_json(session_issuer_user_name)
                ), '') || '}',
                '"webIdFederationData":{"federatedProvider":' || to_json(federated_provider) || '}',
                '"attributes":{' || nullif(concat_ws(
                    ',',
                    '"creationDate":"' || replace(cast(creation_date as varchar), ' ', 'T') || 'Z"',
                    '"mfaAuthenticated":"' || mfa_authenticated || '"',
                    '"sessionCredentialFromConsole":"' || session_credential_from_console || '"'
                ), '') || '}',
                '"sourceIdentity":' || to_json(source_identity),
                '"ec2RoleDelivery":' || to_json(ec2_role_delivery),
                '"assumedRoot":"' || assumed_root || '"',
                '"signInSessionArn":' || to_json(sign_in_session_arn)
            ), '') || '}',
            '"invokedBy":' || to_json(invoked_by),
            '"identityProvider":' || to_json(identity_provider),
            '"credentialId":' || to_json(credential_id),
            '"translatedFrom":' || to_json(translated_from),
            '"onBehalfOf":{' || nullif(concat_ws(
                ',',
                '"userId":' || to_json(on_behalf_of_user_id),
                '"identityStoreArn":' || to_json(on_behalf_of_identity_store_arn)
            ), '') || '}',
            '"invokedByDelegate":{"accountId":' || to_json(invoked_by_delegate_account_id) || '}',
            '"inScopeOf":{' || nullif(concat_ws(
                ',',
                '"sourceArn":' || to_json(in_scope_of_source_arn),
                '"sourceAccount":' || to_json(in_scope_of_source_account),
                '"issuerType":' || to_json(in_scope_of_issuer_type),
                '"credentialsIssuedTo":' || to_json(credentials_issued_to)
            ), '') || '}'
        ) || '}' as members
    from identities
),
written_identities as (
    select
        identity_id,
        -- The columns are the patch: what is null in `extra` stays.
        nullif(
            case when extra is null then members else cast(json_merge_patch(extra, members) as varchar) end,
            '{}'
        ) as user_identity
    from identity_members
)
select
    records.file_id,
    records.record,
    records.event_time,
    records.recipient_account_id,
    '{' || concat_ws(
        ',',
        '"eventVersion":' || coalesce(to_json(event_version), 'null'),
        '"userIdentity":' || user_identity,
        '"eventTime":"' || replace(cast(event_time as varchar), ' ', 'T') || 'Z"',
        '"eventSource":' || to_json(event_source),
        '"eventName":' || to_json(event_name),
        '"awsRegion":' || to_json(aws_region),
        '"sourceIPAddress":' || to_json(source_ip_address),
        '"userAgent":' || to_json(user_agent),
        '"errorCode":' || to_json(error_code),
        '"errorMessage":' || to_json(error_message),
        '"requestParameters":' || request_parameters,
        '"responseElements":' || response_elements,
        '"additionalEventData":' || additional_event_data,
        '"requestID":' || to_json(request_id),
        '"eventID":' || to_json(event_id),
        '"readOnly":' || read_only,
        '"resources":' || resources,
        '"eventType":' || to_json(event_type),
        '"apiVersion":' || to_json(api_version),
        '"managementEvent":' || management_event,
        '"recipientAccountId":' || to_json(recipient_account_id),
        '"serviceEventDetails":' || service_event_details,
        '"sharedEventID":' || to_json(shared_event_id),
        '"vpcEndpointId":' || to_json(vpc_endpoint_id),
        '"vpcEndpointAccountId":' || to_json(vpc_endpoint_account_id),
        '"eventCategory":' || to_json(event_category),
        '"addendum":' || addendum,
        '"sessionCredentialFromConsole":"' || session_credential_from_console || '"',
        '"tlsDetails":' || tls_details,
        nullif(substr(extra, 2, length(extra) - 2), '')
    ) || '}' as cloudtrail_record
from records
left join written_identities on written_identities.identity_id = records.identity_id
