-- Credentials and access that the nodes created or changed: what an intruder may come back with.
with changes as (
    select subject_events.*, records.request_parameters, records.response_elements
    from subject_events
    join records
        on records.event_time = subject_events.event_time
        and records.file_id = subject_events.file_id
        and records.record = subject_events.record
    where subject_events.covered
        and not subject_events.told
        and subject_events.outcome = 'done'
        and not subject_events.read_only
),
calls as (
    select
        node,
        event_time,
        event_source,
        event_name,
        recipient_account_id,
        event_id,
        file_id,
        record,
        request_parameters,
        response_elements,
        case
            when event_source = 'iam.amazonaws.com' then case
                when event_name in (
                    'CreateAccessKey', 'UpdateAccessKey', 'CreateServiceSpecificCredential',
                    'ResetServiceSpecificCredential', 'UploadSSHPublicKey', 'UploadSigningCertificate'
                ) then 'access_key'
                when event_name in ('CreateLoginProfile', 'UpdateLoginProfile', 'ChangePassword')
                    then 'login_profile'
                when event_name in (
                    'CreateVirtualMFADevice', 'EnableMFADevice', 'DeactivateMFADevice',
                    'DeleteVirtualMFADevice', 'ResyncMFADevice'
                ) then 'mfa'
                when event_name in ('CreateUser', 'CreateGroup', 'AddUserToGroup') then 'user'
                when event_name in (
                    'CreateRole', 'UpdateAssumeRolePolicy', 'CreateServiceLinkedRole', 'CreateSAMLProvider',
                    'UpdateSAMLProvider', 'CreateOpenIDConnectProvider', 'AddClientIDToOpenIDConnectProvider',
                    'UpdateOpenIDConnectProviderThumbprint'
                ) then 'trust'
                when regexp_full_match(
                    event_name,
                    '(Attach|Put|Detach|Delete)(User|Role|Group)Policy|(Put|Delete)(User|Role)PermissionsBoundary'
                ) or event_name in (
                    'CreatePolicy', 'CreatePolicyVersion', 'SetDefaultPolicyVersion'
                ) then 'policy'
                when event_name in (
                    'CreateInstanceProfile', 'AddRoleToInstanceProfile'
                ) then 'workload'
            end
            when event_source in ('sso-directory.amazonaws.com', 'identitystore.amazonaws.com') then case
                when event_name in (
                    'CreateUser', 'AddMemberToGroup', 'CreateGroupMembership', 'UpdatePassword',
                    'StartVirtualMfaDeviceRegistration', 'CompleteVirtualMfaDeviceRegistration'
                ) then 'user'
            end
            when event_source in ('sso.amazonaws.com', 'rolesanywhere.amazonaws.com', 'eks.amazonaws.com')
                then case
                    when event_name in (
                        'CreateAccountAssignment', 'CreatePermissionSet', 'ProvisionPermissionSet',
                        'PutInlinePolicyToPermissionSet', 'AttachManagedPolicyToPermissionSet',
                        'CreateTrustAnchor', 'UpdateTrustAnchor', 'CreateProfile', 'UpdateProfile',
                        'CreatePodIdentityAssociation', 'UpdatePodIdentityAssociation', 'CreateAccessEntry'
                    ) then 'trust'
                end
            when event_source = 'ec2.amazonaws.com' then case
                when event_name in ('CreateKeyPair', 'ImportKeyPair') then 'access_key'
                when event_name in ('AssociateIamInstanceProfile', 'ReplaceIamInstanceProfileAssociation')
                    then 'workload'
                when event_name in ('AuthorizeSecurityGroupIngress', 'ModifySnapshotAttribute', 'ModifyImageAttribute')
                    then 'resource_policy'
            end
            when event_name in (
                'PutBucketPolicy', 'PutBucketAcl', 'DeleteBucketPolicy', 'DeletePublicAccessBlock',
                'PutBucketPublicAccessBlock', 'PutKeyPolicy', 'CreateGrant', 'PutResourcePolicy',
                'ModifyDBSnapshotAttribute', 'SetRepositoryPolicy'
            ) or regexp_matches(event_name, '^(AddPermission|CreateFunctionUrlConfig|UpdateFunctionUrlConfig)')
                then 'resource_policy'
        end as kind
    from changes
),
made as (
    select
        calls.* exclude (request_parameters, response_elements),
        coalesce(
            json_extract_string(response_elements, '$.accessKey.accessKeyId'),
            case when kind = 'access_key' then json_extract_string(request_parameters, '$.accessKeyId') end
        ) as access_key_id,
        list_filter(
            [
                json_extract_string(request_parameters, '$.userName'),
                case when kind = 'access_key' then json_extract_string(response_elements, '$.accessKey.userName') end,
                json_extract_string(request_parameters, '$.roleName'),
                json_extract_string(request_parameters, '$.groupName'),
                json_extract_string(request_parameters, '$.policyArn'),
                json_extract_string(request_parameters, '$.policyName'),
                json_extract_string(request_parameters, '$.instanceProfileName'),
                json_extract_string(request_parameters, '$.bucketName'),
                json_extract_string(request_parameters, '$.functionName'),
                json_extract_string(request_parameters, '$.keyId'),
                json_extract_string(request_parameters, '$.keyName'),
                json_extract_string(request_parameters, '$.secretId'),
                json_extract_string(request_parameters, '$.groupId'),
                json_extract_string(request_parameters, '$.status'),
                json_extract_string(request_parameters, '$.sAMLProviderArn'),
                json_extract_string(request_parameters, '$.name')
            ],
            lambda member: member is not null
        ) as named
    from calls
    where kind is not null
),
key_uses as (
    select
        access_key_id,
        cast(sum(event_count) as bigint) as calls,
        max(last_seen) as last_seen
    from uses
    where authenticated
        and access_key_id in (select access_key_id from made where event_name = 'CreateAccessKey')
    group by access_key_id
)
select distinct
    made.*,
    case
        when made.event_name = 'CreateAccessKey' and made.access_key_id is not null then coalesce(key_uses.calls, 0)
    end as key_calls,
    key_uses.last_seen as key_last_seen
from made
left join key_uses
    on key_uses.access_key_id = made.access_key_id and made.event_name = 'CreateAccessKey'
order by made.event_time, made.file_id, made.record
