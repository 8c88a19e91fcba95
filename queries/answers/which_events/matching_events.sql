-- The calls of `newest_matches` with who is behind each. Their time window prunes what is read.
select
    newest_matches.matches,
    events.event_id,
    events.event_time,
    events.event_source,
    events.event_name,
    events.error_code,
    coalesce(events.recipient_account_id, events.account_id) as recipient_account_id,
    events.aws_region,
    events.source_ip_address,
    events.user_agent,
    events.user_identity_type,
    events.principal_id,
    events.account_id,
    events.arn,
    events.access_key_id,
    events.invoked_by,
    coalesce(
        nullif(regexp_extract_all(events.resources, '"(?i:arn)":"([^"]+)"', 1), []),
        list_filter(
            json_extract_string(events.request_parameters, [
                '$.bucketName', '$.secretId', '$.functionName', '$.tableName', '$.instanceId', '$.userName',
                '$.roleName', '$.roleArn', '$.groupName', '$.policyArn', '$.keyId', '$.topicArn',
                '$.queueUrl', '$.dBInstanceIdentifier', '$.snapshotId', '$.volumeId', '$.imageId',
                '$.repositoryName', '$.logGroupName', '$.stackName', '$.trailName', '$.name',
                '$.instancesSet.items[0].instanceId'
            ]),
            lambda member: member is not null
        )
    ) as resources,
    events.origin_kind,
    events.origin_id,
    events.origin_arn,
    events.origin_account_id,
    events.origin_name,
    events.origin_grade,
    events.origin_stop,
    exists (
        select 1
        from conflicts
        where conflicts.event_id = events.event_id
            and coalesce(conflicts.recipient_account_id, '') = coalesce(events.recipient_account_id, '')
    ) as conflicting,
    files.uri,
    files.sha256,
    files.integrity,
    newest_matches.record
from newest_matches
join events_with_origin as events
    on events.event_time = newest_matches.event_time
    and events.file_id = newest_matches.file_id
    and events.record = newest_matches.record
join files on files.file_id = newest_matches.file_id
where events.event_time between $since and $until
order by newest_matches.event_time desc, newest_matches.event_id desc, newest_matches.recipient_account_id, newest_matches.file_id, newest_matches.record
