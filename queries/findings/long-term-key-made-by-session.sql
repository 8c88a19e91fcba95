-- title: Long-term credential made by a temporary one
-- about: A row is one access key or service credential that a session made: a role, a console session, a token.
-- about: What a session makes outlives it: whoever held the session for an hour can hold this for years.
-- severity: medium
-- confidence: medium
-- cannot see: Keys made before the logs begin, and credentials whose id CloudTrail dropped for the size of the response.
-- false positives: An administrator or a pipeline that hands out keys by design; a person who renews the own key in the console.
-- what to do: Ask the origin what the key is for; look at who used it with `trailtrace what-did KEY`, and deactivate it if nobody can say.
-- param since: timestamp = null      -- only events at or after this UTC time
-- param until: timestamp = null      -- only events before this UTC time
-- column key: varchar[]              -- the new credential
-- column summary: varchar            -- what happened
-- column account_id: varchar         -- account of the new credential
-- column use_id: varchar             -- the session that made it
-- column first_seen: timestamp       -- when it was made
-- column last_seen: timestamp        -- the same
-- column event_count: bigint         -- calls that made it
-- column event_ids: varchar[]        -- these
-- column made_access_key_id: varchar -- the new credential's id
-- column made_for: varchar           -- the user that has it now
-- column first_use: timestamp        -- its first use in these logs
with calls as (
    -- One service at a time: DuckDB then reads the records of that service alone.
    from deeds($since, $until)
    where event_source = 'iam.amazonaws.com' and event_name in ('CreateAccessKey', 'CreateServiceSpecificCredential')
    union all
    from deeds($since, $until)
    where event_source = 'lightsail.amazonaws.com' and event_name = 'CreateBucketAccessKey'
),
made as (
    select
        *,
        coalesce(
            json_extract_string(response_elements, '$.accessKey.accessKeyId'),
            json_extract_string(response_elements, '$.serviceSpecificCredential.serviceSpecificCredentialId')
        ) as made_id,
        coalesce(
            json_extract_string(response_elements, '$.accessKey.userName'),
            json_extract_string(response_elements, '$.serviceSpecificCredential.userName'),
            json_extract_string(request_parameters, '$.userName')
        ) as made_for
    from calls
    where starts_with(access_key_id, 'ASIA') or creation_date is not null or user_identity_type = 'AssumedRole'
),
used as (
    select access_key_id, min(first_seen) as first_use
    from uses
    where authenticated and access_key_id in (select made_id from made)
    group by access_key_id
)
select
    [coalesce(made_id, event_id)] as key,
    format(
        '{} made the long-term credential {} for {} in a session of {}',
        of_first(who, event_time, event_id),
        coalesce(any_value(made_id), 'with an id that the record does not show'),
        coalesce('user ' || of_first(made_for, event_time, event_id), 'a user that the record does not name'),
        coalesce(of_first(arn, event_time, event_id), 'a principal without a name')
    ) as summary,
    coalesce(of_first(account_id, event_time, event_id), of_first(recipient_account_id, event_time, event_id)) as account_id,
    of_first(use_id, event_time, event_id) as use_id,
    min(event_time) as first_seen,
    max(event_time) as last_seen,
    count(distinct event_id) as event_count,
    evidence_ids(event_id, event_time) as event_ids,
    any_value(made_id) as made_access_key_id,
    of_first(made_for, event_time, event_id) as made_for,
    min(used.first_use) as first_use
from made
left join used on used.access_key_id = made.made_id
group by coalesce(made_id, event_id)
order by first_seen, coalesce(made_id, event_id)
