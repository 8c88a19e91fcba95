-- The calls that detections look for by name, as `told_calls` tells them: what `calls_with_origin` and `deeds` read, so
-- that records are read once for all detections. `tests/test_findings.py` holds the names to those of the detections.
create or replace temp table noted_calls as
select *
from told_calls(null, null)
where event_name in (
        -- CloudTrail, and the buckets of its logs.
        'StopLogging', 'DeleteTrail', 'UpdateTrail', 'PutEventSelectors', 'PutInsightSelectors', 'DeleteEventDataStore',
        'StopEventDataStoreIngestion', 'UpdateEventDataStore', 'DeleteBucket', 'DeleteBucketPolicy', 'PutBucketPolicy',
        'PutBucketLifecycle', 'PutBucketLifecycleConfiguration',
        -- What else watches.
        'BatchDisableStandards', 'DeleteAnalyzer', 'DeleteConfigurationRecorder', 'DeleteDeliveryChannel', 'DeleteDetector',
        'DeleteFlowLogs', 'DeleteGraph', 'DeleteMembers', 'Disable', 'DisableMacie', 'DisableOrganizationAdminAccount',
        'DisableSecurityHub', 'DisassociateFromAdministratorAccount', 'DisassociateFromMasterAccount', 'DisassociateMember',
        'DisassociateMembers', 'StopConfigurationRecorder', 'StopMonitoringMembers', 'UpdateDetector', 'CreateFilter',
        'UpdateFilter',
        -- Sign-in, and credentials that are asked for.
        'ConsoleLogin', 'GetSigninToken', 'GetFederationToken', 'AssumeRoot',
        -- Users, keys, providers.
        'CreateUser', 'CreateLoginProfile', 'UpdateLoginProfile', 'EnableMFADevice', 'CreateAccessKey', 'UpdateAccessKey',
        'DeleteAccessKey', 'CreateServiceSpecificCredential', 'CreateBucketAccessKey', 'CreateSAMLProvider',
        'UpdateSAMLProvider', 'CreateOpenIDConnectProvider', 'AddClientIDToOpenIDConnectProvider', 'CreateTrustAnchor',
        'UpdateTrustAnchor',
        -- Roles, and what users and roles may do.
        'CreateRole', 'UpdateAssumeRolePolicy', 'AttachRolePolicy', 'PutRolePolicy', 'DeleteRolePermissionsBoundary',
        'PutRolePermissionsBoundary', 'AttachUserPolicy', 'PutUserPolicy', 'AddUserToGroup', 'DeleteUserPermissionsBoundary',
        'PutUserPermissionsBoundary',
        -- Code and configuration of workloads.
        'UpdateFunctionCode20150331v2', 'UpdateFunctionCode', 'UpdateFunctionCode20150331',
        'UpdateFunctionConfiguration20150331v2', 'UpdateFunctionConfiguration', 'UpdateFunctionConfiguration20150331',
        'RegisterTaskDefinition', 'UpdateProject', 'AssociateIamInstanceProfile', 'ModifyInstanceAttribute', 'StartBuild',
        -- Secrets.
        'GetSecretValue', 'BatchGetSecretValue', 'GetParameter', 'GetParameters', 'GetParametersByPath', 'GetParameterHistory'
    )
    -- Roles that were taken are issuances: here are the refusals.
    or event_name = 'AssumeRole' and error_code is not null;

-- The calls of `noted_calls`, with the origin behind each: `origin` tells it from others, `who` is it in words. A call that the
-- chain of its credential does not cover, such as one after its end, has neither an origin nor a use.
create or replace temp macro calls_with_origin(since, until) as table
select
    told.* exclude (use_id, at_most),
    origins.use_id,
    origins.kind as origin_kind,
    origins.id as origin_id,
    origin_key(origins.kind, origins.id, origins.arn, told.principal_id, told.use_id)
        || sureness(least_grade(origins.grade, told.at_most)) as origin,
    origin_words(
        origins.kind, origins.name, origins.id, origins.arn, told.arn, least_grade(origins.grade, told.at_most)
    ) as who
from noted_calls as told
left join origins
    on origins.use_id = told.use_id
    and (origins.covers_from is null or told.event_time >= origins.covers_from)
    and (origins.covers_until is null or told.event_time <= origins.covers_until)
where (since::timestamp is null or told.event_time >= since)
    and (until::timestamp is null or told.event_time < until);

-- Of these, what was not refused.
create or replace temp macro deeds(since, until) as table
select * exclude (error_code, error_message)
from calls_with_origin(since, until)
where error_code is null;
