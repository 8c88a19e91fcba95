-- title: Access key of a root user
-- about: A row is one long-term access key of a root user that was made or used within the window.
-- about: Such a key can do everything in its account, no policy of IAM bounds it, and AWS advises to have none.
-- severity: critical
-- confidence: high
-- cannot see: A key that nobody used and that was made before the logs begin.
-- false positives: None that should stay: what needs such a key can be done otherwise.
-- what to do: Find what holds the key, give it a role instead, deactivate the key, and delete it when nothing has failed for some days.
-- param since: timestamp = null         -- only events at or after this UTC time
-- param until: timestamp = null         -- only events before this UTC time
-- column key: varchar[]                 -- the key
-- column summary: varchar               -- what happened
-- column account_id: varchar            -- the root user's account
-- column use_id: varchar                -- the key, or the session that made it
-- column first_seen: timestamp          -- first of the events
-- column last_seen: timestamp           -- last of them
-- column event_count: bigint            -- events
-- column event_ids: varchar[]           -- the first of them
-- column made_at: timestamp             -- when it was made, if the window holds it
-- column source_ip_addresses: varchar[] -- where it was made and used
with root_keys as (
    select
        uses.use_id,
        uses.access_key_id,
        uses.account_id,
        origins.use_id as covered_use_id,
        origins.covers_from,
        origins.covers_until
    from uses
    left join origins on origins.use_id = uses.use_id
    where uses.authenticated and uses.user_identity_type = 'Root' and starts_with(uses.access_key_id, 'AKIA')
),
makings as (
    select
        event_time,
        event_id,
        account_id,
        use_id,
        source_ip_address,
        json_extract_string(response_elements, '$.accessKey.accessKeyId') as root_key
    from deeds($since, $until)
    where user_identity_type = 'Root'
        and event_source = 'iam.amazonaws.com'
        and event_name = 'CreateAccessKey'
        and json_extract_string(request_parameters, '$.userName') is null
),
each as (
    select root_key, true as is_making, event_time, event_id, account_id, use_id, source_ip_address
    from makings
    where root_key is not null
    union all
    select
        root_keys.access_key_id,
        false,
        calls.event_time,
        calls.event_id,
        root_keys.account_id,
        case
            when (root_keys.covers_from is null or calls.event_time >= root_keys.covers_from)
                and (root_keys.covers_until is null or calls.event_time <= root_keys.covers_until)
                then root_keys.covered_use_id
        end,
        calls.source_ip_address
    from calls_of_uses((select list(use_id) from root_keys), $since, $until) as calls
    join root_keys on root_keys.use_id = calls.use_id
    where calls.error_code is null and calls.copied_by is null
)
select
    [root_key] as key,
    format(
        'The long-term access key {} of the root user of account {} {}',
        root_key,
        coalesce(any_value(account_id), 'unknown'),
        case
            when not bool_or(is_making) then 'made ' || counted(count(distinct event_id), 'call')
            when bool_and(is_making) then 'was made'
            else 'was made and made '
                || counted(count(distinct event_id) filter (where not is_making), 'call')
        end
    ) as summary,
    any_value(account_id) as account_id,
    coalesce(
        of_first(case when not is_making then use_id end, event_time, event_id),
        of_first(use_id, event_time, event_id)
    ) as use_id,
    min(event_time) as first_seen,
    max(event_time) as last_seen,
    count(distinct event_id) as event_count,
    evidence_ids(event_id, event_time) as event_ids,
    min(event_time) filter (where is_making) as made_at,
    list_sort(list_distinct(list(source_ip_address))) as source_ip_addresses
from each
group by root_key
order by first_seen, root_key
