-- One row per record of the view `parsed` (file_id, record, identity_id, plain, raw, r, keys). Of a plain
-- record all members are known to have columns; any other is looked at member by member.
-- `problem` is set where the row cannot be an event as it stands.
create or replace temp view normalised as
with members as (
    -- By themselves: a macro repeats what it is given.
    select
        *,
        plausible_time(parse_time(r.eventTime)) as event_time,
        nullif(r.errorMessage, '') as error_message,
        json_member(r.requestParameters) as request_parameters,
        json_member(r.responseElements) as response_elements,
        json_member(r.additionalEventData) as additional_event_data,
        json_member(r.serviceEventDetails) as service_event_details,
        json_member(r.resources) as resources,
        json_member(r.tlsDetails) as tls_details,
        json_member(r.addendum) as addendum,
        nullif(r.userAgent, '') as user_agent
    from parsed
),
judged as (
    select
        * replace (redact_tokens(response_elements) as response_elements),
        response_elements as told_elements,
        case
            when r is null and not json_valid(raw) then 'invalid_json'
            when r is null or not plain and not starts_with(raw, '{') then 'not_an_object'
            when names_twice(keys) then 'duplicate_key'
            when r.eventCategory in ('Insight', 'Aggregated', 'ActivityAuditLog')
                or r.eventType in ('AwsCloudTrailInsight', 'AwsAggregatedEvent')
                or r.eventSource = 'aws:s3' then 'not_event'
            when nullif(r.eventName, '') is null then 'no_event_name'
            when nullif(r.eventTime, '') is null then 'no_event_time'
            when event_time is null then 'bad_event_time'
        end as problem,
        -- Documented members are columns or known shapes; anything else is preserved in `extra`.
        plain or list_has_all([
            'eventTime', 'eventID', 'eventVersion', 'eventSource', 'eventName', 'eventType', 'eventCategory',
            'awsRegion', 'recipientAccountId', 'sourceIPAddress', 'userAgent', 'errorCode', 'errorMessage',
            'requestID', 'sharedEventID', 'apiVersion', 'readOnly', 'managementEvent', 'vpcEndpointId',
            'vpcEndpointAccountId', 'sessionCredentialFromConsole', 'requestParameters', 'responseElements',
            'additionalEventData', 'serviceEventDetails', 'resources', 'tlsDetails', 'addendum', 'userIdentity'
        ], keys) as all_keys_known
    from members
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
    redact_tokens(user_agent) as user_agent,
    nullif(r.errorCode, '') as error_code,
    redact_tokens(error_message) as error_message,
    nullif(r.requestID, '') as request_id,
    nullif(r.sharedEventID, '') as shared_event_id,
    nullif(r.apiVersion, '') as api_version,
    parse_boolean(r.readOnly) as read_only,
    parse_boolean(r.managementEvent) as management_event,
    nullif(r.vpcEndpointId, '') as vpc_endpoint_id,
    nullif(r.vpcEndpointAccountId, '') as vpc_endpoint_account_id,
    parse_boolean(r.sessionCredentialFromConsole) as session_credential_from_console,
    case
        when contains(response_elements, '[redacted]')
            then sha256(nullif(
                json_extract_string(told_elements, '$.credentials.sessionToken'), '[redacted]'
            ))
    end as session_token_sha256,
    redact_tokens(request_parameters) as request_parameters,
    response_elements,
    redact_tokens(additional_event_data) as additional_event_data,
    redact_tokens(service_event_details) as service_event_details,
    redact_tokens(resources) as resources,
    redact_tokens(tls_details) as tls_details,
    redact_tokens(addendum) as addendum,
    case
        when all_keys_known or problem is not null then null
        else nullif(redact_tokens(json_merge_patch(raw, '{
            "eventTime":null,"eventID":null,"eventVersion":null,"eventSource":null,"eventName":null,
            "eventType":null,"eventCategory":null,"awsRegion":null,"recipientAccountId":null,
            "sourceIPAddress":null,"userAgent":null,"errorCode":null,"errorMessage":null,"requestID":null,
            "sharedEventID":null,"apiVersion":null,"readOnly":null,"managementEvent":null,
            "vpcEndpointId":null,"vpcEndpointAccountId":null,"sessionCredentialFromConsole":null,
            "requestParameters":null,"responseElements":null,"additionalEventData":null,
            "serviceEventDetails":null,"resources":null,"tlsDetails":null,"addendum":null,
            "userIdentity":null
        }')), '{}')
    end as extra,
    identity_id,
    file_id,
    record,
    problem,
    raw
from judged
