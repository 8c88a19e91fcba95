-- From the records of new files: who made, changed or could drive an instance, a function, a task or a long-term key.
-- Calls that hand a person a workload's credentials without issuing any; event names from the API
-- references of EC2, Systems Manager, EC2 Instance Connect, Lambda, ECS and IAM. What only another account's
-- log claims of a caller is left out: it would name somebody who may not have called.
insert into resource_events
with calls as (
    select
        *,
        case
            when event_source = 'ec2.amazonaws.com' and event_name = 'RunInstances' then 'launched'
            when event_source = 'ec2.amazonaws.com' and event_name in (
                'ModifyInstanceAttribute', 'AssociateIamInstanceProfile'
            ) then 'changed'
            when event_source = 'ssm.amazonaws.com' and event_name in ('StartSession', 'SendCommand')
                then 'could_drive'
            when event_source = 'ec2-instance-connect.amazonaws.com' and event_name in (
                'SendSSHPublicKey', 'SendSerialConsoleSSHPublicKey'
            ) then 'could_drive'
            when event_source = 'lambda.amazonaws.com' and starts_with(event_name, 'CreateFunction')
                then 'created'
            when event_source = 'lambda.amazonaws.com' and (
                starts_with(event_name, 'UpdateFunctionCode')
                or starts_with(event_name, 'UpdateFunctionConfiguration')
            ) then 'changed'
            when event_source = 'ecs.amazonaws.com' and event_name in ('RunTask', 'StartTask')
                then 'launched'
            when event_source = 'ecs.amazonaws.com' and event_name = 'ExecuteCommand' then 'could_drive'
            when event_source = 'iam.amazonaws.com' and event_name = 'CreateAccessKey' then 'created'
            when event_source = 'iam.amazonaws.com' and event_name = 'DeleteAccessKey' then 'deleted'
        end as relation
    from new_calls
    where file_id >= $first_file_id and identity_id >= $first_identity_id and authenticated and error_code is null and event_source in (
        'ec2.amazonaws.com', 'ssm.amazonaws.com', 'ec2-instance-connect.amazonaws.com',
        'lambda.amazonaws.com', 'ecs.amazonaws.com', 'iam.amazonaws.com'
    )
)
select distinct
    unnest(list_distinct(case event_source
        when 'lambda.amazonaws.com' then [
            regexp_extract(json_extract_string(request_parameters, '$.functionName'), '(?:.*:function:)?([^:]+)', 1)
        ]
        when 'iam.amazonaws.com' then [coalesce(
            json_extract_string(response_elements, '$.accessKey.accessKeyId'),
            json_extract_string(request_parameters, '$.accessKeyId')
        )]
        when 'ecs.amazonaws.com' then regexp_extract_all(
            cast(response_elements as varchar) || cast(coalesce(request_parameters, '{}') as varchar),
            ':task/(?:[^/"]+/)?([0-9a-f-]{32,36})"', 1
        )
        else regexp_extract_all(
            coalesce(cast(response_elements as varchar), '') || coalesce(cast(request_parameters as varchar), ''),
            '"(i-[0-9a-zA-Z]{8,17})"', 1
        )
    end)) as resource_id,
    relation,
    event_time,
    event_name,
    account_id,
    arn,
    access_key_id,
    event_id,
    recipient_account_id,
    file_id,
    record
from calls
where relation is not null
