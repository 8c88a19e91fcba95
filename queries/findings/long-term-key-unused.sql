-- title: Long-term key that is not used
-- about: A row is one long-term access key that was used or made in these logs, and then not used for 90 days up to the end of the window or of its account's logs.
-- about: A key that nobody needs is one that somebody may find.
-- severity: low
-- confidence: medium
-- cannot see: Keys that these logs never show; use that is not logged, such as reads of objects where data events are off; use in Regions whose logs are not held.
-- false positives: A key for emergencies or for a yearly job.
-- what to do: Check the key's last use in IAM, deactivate it, and delete it when nothing has failed for some weeks.
-- param since: timestamp = null    -- only if the logs reach this UTC time
-- param until: timestamp = null    -- unused up to this UTC time
-- param unused_days: integer = 90  -- days without use
-- column key: varchar[]            -- the key
-- column summary: varchar          -- what is so
-- column account_id: varchar       -- the key's account
-- column use_id: varchar           -- the key, or what made it
-- column first_seen: timestamp     -- when it was first seen or made
-- column last_seen: timestamp      -- when it was last used or made
-- column event_count: bigint       -- calls with it
-- column event_ids: varchar[]      -- the last of them, or what made it
-- column unused_for_days: bigint   -- full days without use
with made as (
    select
        json_extract_string(response_elements, '$.accessKey.accessKeyId') as access_key_id,
        use_id,
        event_time,
        event_id,
        coalesce(
            json_extract_string(response_elements, '$.accessKey.userName'),
            json_extract_string(request_parameters, '$.userName')
        ) as user_name,
        recipient_account_id as account_id
    from deeds(null, $until)
    where event_source = 'iam.amazonaws.com' and event_name = 'CreateAccessKey'
),
ended as (
    select json_extract_string(request_parameters, '$.accessKeyId') as access_key_id, max(event_time) as ended_at
    from deeds(null, $until)
    where event_source = 'iam.amazonaws.com'
        and (
            event_name = 'DeleteAccessKey'
            or event_name = 'UpdateAccessKey' and json_extract_string(request_parameters, '$.status') = 'Inactive'
        )
    group by 1
),
keys as (
    select access_key_id, use_id, account_id, user_name, first_seen, last_seen, event_count, null as event_id
    from uses
    where authenticated and starts_with(join_key, 'AKIA') and coalesce(first_seen < $until, true)
    union all
    select access_key_id, use_id, account_id, user_name, event_time, event_time, 0, event_id
    from made
    where starts_with(access_key_id, 'AKIA')
),
known as (
    select
        access_key_id,
        coalesce(
            of_first(case when event_id is null then use_id end, first_seen, use_id), of_first(use_id, first_seen, use_id)
        ) as use_id,
        of_first(account_id, first_seen, use_id) as account_id,
        of_first(user_name, first_seen, use_id) as user_name,
        min(first_seen) as first_seen,
        max(last_seen) as last_seen,
        sum(event_count) as event_count,
        max(event_id) as made_event_id
    from keys
    group by access_key_id
),
-- How far the logs of an account reach is what one can say that a key was not used until.
reaches as (
    select recipient_account_id as account_id, max(event_time) as until
    from records
    where ($until::timestamp is null or event_time < $until)
        and recipient_account_id in (select account_id from known)
    group by recipient_account_id
),
unused as (
    select known.*, reaches.until, date_diff('hour', known.last_seen, reaches.until) // 24 as unused_for_days
    from known
    join reaches on reaches.account_id = known.account_id
    left join ended on ended.access_key_id = known.access_key_id and ended.ended_at >= known.last_seen
    where ended.access_key_id is null
        and known.last_seen < reaches.until - to_days($unused_days::integer)
        and coalesce(reaches.until >= $since, true)
),
last_calls as (
    select unused.access_key_id, max(records.event_id) as event_id
    from unused
    join named_identities on named_identities.authenticated_use_id = unused.use_id
    join records on records.identity_id = named_identities.identity_id and records.event_time = unused.last_seen
    group by unused.access_key_id
)
select
    [unused.access_key_id] as key,
    format(
        'Long-term key {} of {} was {} at {}, and not used for {} days until {}',
        unused.access_key_id,
        coalesce(unused.user_name, 'a user without a name'),
        case when unused.event_count = 0 then 'made' else 'last used' end,
        in_utc(unused.last_seen),
        unused.unused_for_days,
        in_utc(unused.until)
    ) as summary,
    unused.account_id,
    unused.use_id,
    unused.first_seen,
    unused.last_seen,
    cast(unused.event_count as bigint) as event_count,
    list_filter([coalesce(last_calls.event_id, unused.made_event_id)], lambda id: id is not null) as event_ids,
    unused.unused_for_days
from unused
left join last_calls on last_calls.access_key_id = unused.access_key_id
order by unused.last_seen, unused.access_key_id
