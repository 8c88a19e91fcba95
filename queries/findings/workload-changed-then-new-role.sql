-- title: Workload changed by a person, then in a new role
-- about: A row is one person who changed the code or configuration of a workload, and one role that the workload, or another one in the same role, assumed for the first time within three days after.
-- about: The person is context, not the origin of what the workload did; but who can change its code can act as it.
-- severity: medium
-- confidence: low
-- cannot see: Which of several functions in one role it was, where their records do not name them; what the code does; changes that go through a bucket, an image or a repository; workloads that were not seen before the change.
-- false positives: A new feature that needs a new role, which is what most changes are.
-- what to do: Read the change, ask the person, and look at what the workload did in the new role with `trailtrace what-did`.
-- param since: timestamp = null          -- only roles assumed at or after this UTC time
-- param until: timestamp = null          -- only roles assumed before this UTC time
-- param days: integer = 3                -- how long after the change it counts
-- column key: varchar[]                  -- the person, the workload and the role
-- column summary: varchar                -- what happened
-- column account_id: varchar             -- the workload's account
-- column use_id: varchar                 -- who changed the workload
-- column first_seen: timestamp           -- the change
-- column last_seen: timestamp            -- the first time in the role
-- column event_count: bigint             -- the changes and that call
-- column event_ids: varchar[]            -- the first of them
-- column workload: varchar               -- the instance, or the role that the workload acts in
-- column role_arn: varchar               -- the role that it assumed
with changes as (
    select
        event_time,
        event_id,
        event_name,
        use_id,
        origin,
        who,
        recipient_account_id,
        case event_source
            when 'ec2.amazonaws.com' then coalesce(
                json_extract_string(request_parameters, '$.instanceId'),
                json_extract_string(request_parameters, '$.AssociateIamInstanceProfileRequest.InstanceId')
            )
            when 'lambda.amazonaws.com' then json_extract_string(response_elements, '$.role')
            when 'ecs.amazonaws.com' then coalesce(
                json_extract_string(response_elements, '$.taskDefinition.taskRoleArn'),
                json_extract_string(request_parameters, '$.taskRoleArn')
            )
            when 'codebuild.amazonaws.com' then coalesce(
                json_extract_string(response_elements, '$.build.serviceRole'),
                json_extract_string(response_elements, '$.project.serviceRole'),
                json_extract_string(request_parameters, '$.serviceRole')
            )
        end as workload,
        -- As it is called without its version.
        case
            when event_source = 'lambda.amazonaws.com' then coalesce(
                nullif(regexp_extract(
                    json_extract_string(response_elements, '$.functionArn'), '^arn:[^:]*:lambda:[^:]*:[0-9]*:function:[^:]+'
                ), ''),
                nullif(regexp_extract(
                    json_extract_string(request_parameters, '$.functionName'), '^arn:[^:]*:lambda:[^:]*:[0-9]*:function:[^:]+'
                ), '')
            )
        end as function_arn
    from deeds($since::timestamp - to_days($days::integer), $until)
    where event_source in ('ec2.amazonaws.com', 'lambda.amazonaws.com', 'ecs.amazonaws.com', 'codebuild.amazonaws.com')
        and origin_kind in ('iam_user', 'root', 'identity_center_user', 'saml_user')
        and (
            event_name in (
                'UpdateFunctionCode20150331v2', 'UpdateFunctionCode', 'UpdateFunctionCode20150331',
                'UpdateFunctionConfiguration20150331v2', 'UpdateFunctionConfiguration',
                'UpdateFunctionConfiguration20150331', 'RegisterTaskDefinition', 'UpdateProject',
                'AssociateIamInstanceProfile'
            )
            or event_name = 'ModifyInstanceAttribute' and contains(request_parameters, '"userData"')
            or event_name = 'StartBuild' and contains(request_parameters, 'Override"')
        )
),
-- A workload is known by its role, an instance by itself.
acting as (
    select
        uses.use_id,
        unnest([uses.session_issuer_arn, origins.id]) as workload,
        case when contains(origins.id, ':function:') then origins.id end as function_arn,
        uses.first_seen
    from uses
    join origins on origins.use_id = uses.use_id
    where origins.kind in ('ec2_instance', 'lambda_function', 'ecs_task', 'eks_pod', 'aws_service', 'unknown')
        and uses.user_identity_type = 'AssumedRole'
        and uses.authenticated
        and exists (select 1 from changes)
),
known as (
    select workload, min(first_seen) as first_seen
    from acting
    where workload in (select workload from changes)
    group by workload
),
taken as (
    select
        acting.workload,
        issuances.role_arn,
        min(issuances.event_time) as event_time,
        arg_min(acting.function_arn, {'moment': issuances.event_time, 'event': issuances.issuance_id}) as function_arn,
        of_first(
            evidence_of(issuances.evidence, issuances.caller_account_id), issuances.event_time, issuances.issuance_id
        ) as event_id
    from issuances
    join acting on acting.use_id = issuances.caller_use_id
    where issuances.kind = 'assume_role' and acting.workload in (select workload from changes)
    group by acting.workload, issuances.role_arn
    having coalesce(min(issuances.event_time) >= $since, true) and coalesce(min(issuances.event_time) < $until, true)
),
followed as (
    select
        changes.*,
        taken.role_arn,
        taken.event_time as taken_at,
        unnest([
            {'at': changes.event_time, 'id': changes.event_id},
            {'at': taken.event_time, 'id': taken.event_id}
        ]) as call
    from changes
    join known on known.workload = changes.workload and known.first_seen < changes.event_time
    join taken
        on taken.workload = changes.workload
        and taken.event_time between changes.event_time and changes.event_time + to_days($days::integer)
    -- Functions may share a role: where both are known, it must be the same.
    where coalesce(taken.function_arn = changes.function_arn, true)
)
select
    [origin, workload, role_arn] as key,
    format(
        '{} changed the workload in {} by {}; it then assumed {} for the first time',
        of_first(who, event_time, event_id),
        workload,
        array_to_string(list_sort(list_distinct(list(regexp_replace(event_name, '20[0-9]{6}(v2)?$', '')))), ', '),
        coalesce(role_arn, 'a role that the record does not name')
    ) as summary,
    of_first(recipient_account_id, event_time, event_id) as account_id,
    of_first(use_id, event_time, event_id) as use_id,
    min(event_time) as first_seen,
    max(taken_at) as last_seen,
    count(distinct call.id) as event_count,
    evidence_ids(call.id, call.at) as event_ids,
    workload,
    role_arn
from followed
group by origin, workload, role_arn
order by first_seen, origin, workload, role_arn
