-- In an engine that has records as texts, `record_texts` (record_text), and no normaliser of ours: what the
-- facts need of them. Equal texts are one record, which is known by its hash.
create or replace temp table read_texts as
with texts as (
    select distinct record_text
    from record_texts
),
members as (
    select
        md5(record_text) as record,
        record_text,
        nullif(json_extract_string(record_text, '$.userIdentity'), '') as identity_text,
        nullif(json_extract_string(record_text, '$.eventTime'), '') as time_text,
        nullif(json_extract_string(record_text, '$.eventID'), '') as event_id,
        nullif(json_extract_string(record_text, '$.eventVersion'), '') as event_version,
        nullif(json_extract_string(record_text, '$.eventSource'), '') as event_source,
        nullif(json_extract_string(record_text, '$.eventName'), '') as event_name,
        nullif(json_extract_string(record_text, '$.eventType'), '') as event_type,
        nullif(json_extract_string(record_text, '$.eventCategory'), '') as event_category,
        nullif(json_extract_string(record_text, '$.awsRegion'), '') as aws_region,
        nullif(json_extract_string(record_text, '$.recipientAccountId'), '') as recipient_account_id,
        nullif(json_extract_string(record_text, '$.errorCode'), '') as error_code,
        nullif(json_extract_string(record_text, '$.requestID'), '') as request_id,
        nullif(json_extract_string(record_text, '$.sharedEventID'), '') as shared_event_id,
        json_extract_string(record_text, '$.sessionCredentialFromConsole') as console_text,
        nullif(json_extract_string(record_text, '$.requestParameters'), '') as request_parameters,
        nullif(json_extract_string(record_text, '$.responseElements'), '') as response_elements,
        nullif(json_extract_string(record_text, '$.additionalEventData'), '') as additional_event_data
    from texts
),
timed as (
    select
        record,
        plausible_time(parse_time(time_text)) as event_time,
        event_id,
        event_version,
        event_source,
        event_name,
        event_type,
        event_category,
        aws_region,
        recipient_account_id,
        error_code,
        request_id,
        shared_event_id,
        parse_boolean(console_text) as session_credential_from_console,
        redact_tokens(request_parameters) as request_parameters,
        redact_tokens(response_elements) as response_elements,
        redact_tokens(additional_event_data) as additional_event_data,
        identity_text,
        md5(coalesce(identity_text, '')) as identity_id,
        time_text
    from members
)
select
    record,
    event_time,
    event_id,
    event_version,
    event_source,
    event_name,
    event_category,
    aws_region,
    recipient_account_id,
    error_code,
    request_id,
    shared_event_id,
    session_credential_from_console,
    request_parameters,
    response_elements,
    additional_event_data,
    identity_text,
    identity_id,
    case
        when coalesce(event_category, '') in ('Insight', 'Aggregated', 'ActivityAuditLog')
            or coalesce(event_type, '') in ('AwsCloudTrailInsight', 'AwsAggregatedEvent')
            or coalesce(event_source, '') = 'aws:s3' then 'not_event'
        when event_name is null then 'no_event_name'
        when time_text is null then 'no_event_time'
        when event_time is null then 'bad_event_time'
        when identity_text is not null and not starts_with(identity_text, '{') then 'bad_user_identity'
    end as problem
from timed;

-- Files are not known here, and none has been verified.
create or replace temp table files as
select 0 as file_id, 'unchecked' as integrity;

create or replace temp table records as
select
    event_time,
    event_id,
    event_version,
    event_source,
    event_name,
    event_category,
    aws_region,
    recipient_account_id,
    error_code,
    request_id,
    shared_event_id,
    session_credential_from_console,
    request_parameters,
    response_elements,
    additional_event_data,
    cast(null as varchar) as extra,
    identity_id,
    0 as file_id,
    record
from read_texts
where problem is null;

create or replace temp table identities as
with texts as (
    select distinct identity_id, identity_text
    from read_texts
    where problem is null
),
members as (
    select
        identity_id,
        nullif(json_extract_string(identity_text, '$.type'), '') as user_identity_type,
        nullif(json_extract_string(identity_text, '$.principalId'), '') as principal_id,
        nullif(json_extract_string(identity_text, '$.arn'), '') as arn,
        nullif(json_extract_string(identity_text, '$.accountId'), '') as account_id,
        nullif(json_extract_string(identity_text, '$.accessKeyId'), '') as access_key_id,
        nullif(json_extract_string(identity_text, '$.userName'), '') as user_name,
        nullif(json_extract_string(identity_text, '$.invokedBy'), '') as invoked_by,
        nullif(json_extract_string(identity_text, '$.identityProvider'), '') as identity_provider,
        nullif(json_extract_string(identity_text, '$.onBehalfOf.userId'), '') as on_behalf_of_user_id,
        nullif(json_extract_string(identity_text, '$.onBehalfOf.identityStoreArn'), '')
            as on_behalf_of_identity_store_arn,
        nullif(json_extract_string(identity_text, '$.invokedByDelegate.accountId'), '')
            as invoked_by_delegate_account_id,
        nullif(json_extract_string(identity_text, '$.inScopeOf.credentialsIssuedTo'), '')
            as credentials_issued_to,
        nullif(json_extract_string(identity_text, '$.sessionContext.sessionIssuer.type'), '')
            as session_issuer_type,
        nullif(json_extract_string(identity_text, '$.sessionContext.sessionIssuer.principalId'), '')
            as session_issuer_principal_id,
        nullif(json_extract_string(identity_text, '$.sessionContext.sessionIssuer.arn'), '')
            as session_issuer_arn,
        nullif(json_extract_string(identity_text, '$.sessionContext.sessionIssuer.accountId'), '')
            as session_issuer_account_id,
        nullif(json_extract_string(identity_text, '$.sessionContext.sessionIssuer.userName'), '')
            as session_issuer_user_name,
        nullif(json_extract_string(identity_text, '$.sessionContext.attributes.creationDate'), '')
            as creation_text,
        json_extract_string(identity_text, '$.sessionContext.attributes.sessionCredentialFromConsole')
            as console_text,
        nullif(json_extract_string(identity_text, '$.sessionContext.sourceIdentity'), '') as source_identity,
        nullif(json_extract_string(identity_text, '$.sessionContext.ec2RoleDelivery'), '')
            as ec2_role_delivery,
        json_extract_string(identity_text, '$.sessionContext.assumedRoot') as root_text,
        nullif(json_extract_string(identity_text, '$.sessionContext.signInSessionArn'), '')
            as sign_in_session_arn,
        nullif(json_extract_string(identity_text, '$.sessionContext.webIdFederationData.federatedProvider'), '')
            as federated_provider,
        nullif(json_extract_string(identity_text, '$.translatedFrom'), '') as translated_from
    from texts
)
select
    identity_id,
    user_identity_type,
    principal_id,
    arn,
    account_id,
    access_key_id,
    user_name,
    invoked_by,
    identity_provider,
    on_behalf_of_user_id,
    on_behalf_of_identity_store_arn,
    invoked_by_delegate_account_id,
    credentials_issued_to,
    session_issuer_type,
    session_issuer_principal_id,
    session_issuer_arn,
    session_issuer_account_id,
    session_issuer_user_name,
    plausible_time(parse_time(creation_text)) as creation_date,
    source_identity,
    ec2_role_delivery,
    parse_boolean(root_text) as assumed_root,
    sign_in_session_arn,
    federated_provider,
    parse_boolean(console_text) as session_credential_from_console,
    cast(null as varchar) as extra,
    translated_from
from members;

-- One event id with two contents. The same content in another writing counts, too.
create or replace temp table conflicts as
select event_id, recipient_account_id
from records
where event_id is not null
group by event_id, recipient_account_id
having count(*) > 1;
