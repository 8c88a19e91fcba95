-- The events of some uses, each with the number of its node, for the statements beside this one. `told`: a
-- record in which another account was told of a call whose own record is not held, and which `copies` ties
-- to the session or to another of its origin.
create or replace temporary table subject_events as
with wanted as materialized (
    select unnest($use_ids) as use_id, unnest($nodes) as node
),
identified as materialized (
    select named_identities.identity_id, authenticated_use_id as use_id, user_identity_type
    from named_identities
    join identities on identities.identity_id = named_identities.identity_id
    where authenticated_use_id in (select use_id from wanted)
),
own as (
    select records.*, identified.use_id, user_identity_type
    from records
    join identified on identified.identity_id = records.identity_id
    anti join records_apart
        on records_apart.file_id = records.file_id and records_apart.record = records.record
),
apart as (
    select records.*, records_apart.use_id, user_identity_type
    from records_apart
    join records
        on records.event_time = records_apart.event_time
        and records.file_id = records_apart.file_id
        and records.record = records_apart.record
    join identities on identities.identity_id = records.identity_id
    where records_apart.use_id in (select use_id from wanted)
),
told as (
    select records.*, copies.use_id, 'told' as user_identity_type
    from copies
    join records
        on records.event_time = copies.event_time
        and records.file_id = copies.file_id
        and records.record = copies.record
    where copies.rule = 'L17'
        and copies.use_id in (select use_id from wanted)
),
found as (
    select each.*
    from (from own union all from apart) as each
    anti join copies on copies.file_id = each.file_id and copies.record = each.record
    union all
    select * from told
)
select
    wanted.node,
    found.user_identity_type = 'told' as told,
    event_time,
    event_source,
    event_name,
    recipient_account_id,
    aws_region,
    source_ip_address,
    user_agent,
    error_code,
    case
        when error_code is null then 'done'
        when regexp_matches(error_code, '(?i)denied|unauthori[sz]ed|forbidden|notauthorized') then 'denied'
        else 'failed'
    end as outcome,
    -- Records before version 1.05 do not say; the names of AWS's calls do.
    coalesce(read_only, regexp_matches(
        event_name, '^(Get|List|Describe|Head|BatchGet|Lookup|Search|Select|Scan|Query|Check|Simulate|View)'
    )) as read_only,
    event_id,
    coalesce(event_id, cast(file_id as varchar) || '#' || cast(record as varchar)) as call_id,
    file_id,
    record,
    coalesce(event_time between coalesce(origins.covers_from, event_time)
        and coalesce(origins.covers_until, event_time), true) as covered,
    list_distinct(coalesce(
        nullif(regexp_extract_all(resources, '"(?i:arn)":"([^"]+)"', 1), []),
        list_filter(
            json_extract_string(request_parameters, [
                '$.bucketName', '$.secretId', '$.functionName', '$.tableName', '$.instanceId', '$.userName',
                '$.roleName', '$.roleArn', '$.groupName', '$.policyArn', '$.keyId', '$.topicArn',
                '$.queueUrl', '$.dBInstanceIdentifier', '$.snapshotId', '$.volumeId', '$.imageId',
                '$.repositoryName', '$.logGroupName', '$.stackName', '$.trailName', '$.name',
                '$.instancesSet.items[0].instanceId'
            ]),
            lambda member: member is not null
        )
    )) as resources
from found
join wanted on wanted.use_id = found.use_id
left join origins on origins.use_id = found.use_id
where coalesce(event_category, '') <> 'NetworkActivity'
    and (cast($since as timestamp) is null or event_time >= $since)
    and (cast($until as timestamp) is null or event_time < $until)
    -- Another account's copy of a call that the caller's own account recorded too is no second call.
    and not (
        user_identity_type = 'AWSAccount'
        and shared_event_id is not null
        and shared_event_id in (
            select others.shared_event_id
            from records as others
            join identities on identities.identity_id = others.identity_id
            where others.shared_event_id is not null
                and coalesce(identities.user_identity_type, '') <> 'AWSAccount'
                and coalesce(others.event_category, '') <> 'NetworkActivity'
        )
    )
