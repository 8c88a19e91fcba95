-- title: CloudTrail stopped, narrowed or deleted
-- about: A row is one origin and one trail, event data store or log bucket of which it made CloudTrail record or keep less.
-- about: That is a trail stopped or deleted, made to leave out Regions, global services, validation, management events or reads, its Insights switched off, and a log bucket whose files expire or that CloudTrail is kept from.
-- severity: high
-- confidence: medium
-- cannot see: What was recorded before, so a call that sets again what was set is here too, and one that drops data events is not; buckets that no record ties to CloudTrail.
-- false positives: A trail that another one replaces, an account that is being closed, a rule that moves old logs to where they stay.
-- what to do: Compare the trail with what it should be, start it again, ask the origin, and look in `trailtrace status` for the hours that are missing.
-- param since: timestamp = null  -- only events at or after this UTC time
-- param until: timestamp = null  -- only events before this UTC time
-- column key: varchar[]          -- the origin, the account, what was changed and the call
-- column summary: varchar        -- what happened
-- column account_id: varchar     -- the account that recorded it
-- column use_id: varchar         -- who did it
-- column first_seen: timestamp   -- first call
-- column last_seen: timestamp    -- last call
-- column event_count: bigint     -- calls
-- column event_ids: varchar[]    -- the first of them
-- column changed: varchar        -- the trail, event data store or bucket
-- column event_name: varchar     -- the call
with calls as (
    -- One service at a time: DuckDB then reads the records of that service alone.
    from deeds($since, $until)
    where event_source = 'cloudtrail.amazonaws.com'
        and event_name in (
            'StopLogging', 'DeleteTrail', 'UpdateTrail', 'PutEventSelectors', 'PutInsightSelectors', 'DeleteEventDataStore',
            'StopEventDataStoreIngestion', 'UpdateEventDataStore'
        )
    union all
    from deeds($since, $until)
    where event_source = 's3.amazonaws.com'
        and event_name in (
            'DeleteBucket', 'DeleteBucketPolicy', 'PutBucketPolicy', 'PutBucketLifecycle',
            'PutBucketLifecycleConfiguration'
        )
),
candidates as (
    select
        *,
        coalesce(request_parameters, '') as asked,
        regexp_extract(
            coalesce(
                json_extract_string(request_parameters, '$.name'),
                json_extract_string(request_parameters, '$.trailName'),
                json_extract_string(request_parameters, '$.eventDataStore'),
                json_extract_string(request_parameters, '$.bucketName')
            ),
            '([^/]+)$',
            1
        ) as changed
    from calls
),
-- CloudTrail looks at the buckets it writes to, and a trail's own records name them.
log_buckets as (
    select json_extract_string(records.request_parameters, '$.bucketName') as bucket
    from records
    join identities on identities.identity_id = records.identity_id
    where identities.invoked_by = 'cloudtrail.amazonaws.com'
        and records.event_source = 's3.amazonaws.com'
        and records.event_name in ('GetBucketAcl', 'PutObject')
        and exists (select 1 from candidates where candidates.event_source = 's3.amazonaws.com')
    union
    select json_extract_string(response_elements, '$.s3BucketName')
    from records
    where event_source = 'cloudtrail.amazonaws.com' and event_name in ('CreateTrail', 'UpdateTrail')
),
weakened as (
    select *
    from candidates
    where case
        when event_source = 's3.amazonaws.com' then changed in (select bucket from log_buckets)
            and case event_name
                when 'PutBucketPolicy' then not contains(asked, 'cloudtrail.amazonaws.com')
                    or contains(asked, '"Deny"') and not contains(asked, 'aws:SecureTransport')
                when 'PutBucketLifecycle' then contains(asked, '"Expiration"')
                when 'PutBucketLifecycleConfiguration' then contains(asked, '"Expiration"')
                else true
            end
        when event_name = 'UpdateTrail' then json_extract_string(asked, '$.s3BucketName') is not null
            or 'false' in (
                coalesce(json_extract_string(asked, '$.isMultiRegionTrail'), ''),
                coalesce(json_extract_string(asked, '$.includeGlobalServiceEvents'), ''),
                coalesce(json_extract_string(asked, '$.enableLogFileValidation'), ''),
                coalesce(json_extract_string(asked, '$.isOrganizationTrail'), '')
            )
        when event_name = 'UpdateEventDataStore' then json_extract_string(asked, '$.retentionPeriod') is not null
            or 'false' in (
                coalesce(json_extract_string(asked, '$.multiRegionEnabled'), ''),
                coalesce(json_extract_string(asked, '$.organizationEnabled'), ''),
                coalesce(json_extract_string(asked, '$.terminationProtectionEnabled'), '')
            )
        when event_name = 'PutEventSelectors' then case
            when contains(asked, 'advancedEventSelectors')
                then not contains(asked, '"Management"') or contains(asked, '"readOnly"')
            else contains(asked, '"includeManagementEvents":false')
                or regexp_matches(asked, '"readWriteType":"(ReadOnly|WriteOnly)"')
                or regexp_matches(asked, '"excludeManagementEventSources":\["')
        end
        when event_name = 'PutInsightSelectors' then contains(asked, '"insightSelectors":[]')
        else true
    end
)
select
    [origin, recipient_account_id, changed, event_name] as key,
    format(
        '{} called {} on {} in account {}',
        of_first(who, event_time, event_id),
        event_name,
        coalesce(changed, 'what the record does not name'),
        coalesce(recipient_account_id, 'unknown')
    ) as summary,
    recipient_account_id as account_id,
    of_first(use_id, event_time, event_id) as use_id,
    min(event_time) as first_seen,
    max(event_time) as last_seen,
    count(distinct event_id) as event_count,
    evidence_ids(event_id, event_time) as event_ids,
    changed,
    event_name
from weakened
group by origin, recipient_account_id, changed, event_name
order by first_seen, origin, recipient_account_id, changed, event_name
