-- title: Old long-term key in use
-- about: A row is one long-term access key that was used within the window and is at least 90 days old: it was made or first seen that long before its last call.
-- severity: low
-- confidence: high
-- cannot see: The true age of a key that was made before the logs begin: it may be much older than said here.
-- false positives: None: it is a matter of how old your rules let keys grow.
-- what to do: Make a new key, put it where the old one is used, deactivate the old one, and delete it when nothing has failed; better, use a role.
-- param since: timestamp = null   -- only keys with calls at or after this UTC time
-- param until: timestamp = null   -- only calls before this UTC time
-- param old_days: integer = 90    -- days that a key may grow old
-- column key: varchar[]           -- the key
-- column summary: varchar         -- what is so
-- column account_id: varchar      -- the key's account
-- column use_id: varchar          -- the key
-- column first_seen: timestamp    -- first call within the window
-- column last_seen: timestamp     -- last call within it
-- column event_count: bigint      -- calls within it
-- column event_ids: varchar[]     -- the first of them
-- column known_since: timestamp   -- when it was made or first seen
-- column age_days: bigint         -- days from then to its last call
with made as (
    select access_key_id, min(event_time) as made_at
    from (
        select json_extract_string(response_elements, '$.accessKey.accessKeyId') as access_key_id, event_time
        from deeds(null, null)
        where event_source = 'iam.amazonaws.com' and event_name = 'CreateAccessKey'
    )
    group by access_key_id
),
each as (
    select
        uses.use_id,
        uses.access_key_id,
        uses.account_id,
        uses.user_name,
        min(least(uses.first_seen, made.made_at)) over (partition by uses.access_key_id) as known_since,
        max(uses.last_seen) over (partition by uses.access_key_id) as last_seen
    from uses
    left join made on made.access_key_id = uses.access_key_id
    where uses.authenticated and uses.invoked_by is null and starts_with(uses.join_key, 'AKIA')
),
keys as (
    select *
    from each
    where last_seen >= known_since + to_days($old_days::integer) and coalesce(last_seen >= $since, true)
)
select
    [keys.access_key_id] as key,
    format(
        'Long-term key {} of {} is at least {} days old and made {}',
        keys.access_key_id,
        coalesce(of_first(keys.user_name, records.event_time, records.event_id), 'a user without a name'),
        date_diff('hour', any_value(keys.known_since), max(records.event_time)) // 24,
        counted(count(distinct records.event_id), 'call')
    ) as summary,
    of_first(keys.account_id, records.event_time, records.event_id) as account_id,
    of_first(keys.use_id, records.event_time, records.event_id) as use_id,
    min(records.event_time) as first_seen,
    max(records.event_time) as last_seen,
    count(distinct records.event_id) as event_count,
    evidence_ids(records.event_id, records.event_time) as event_ids,
    any_value(keys.known_since) as known_since,
    date_diff('hour', any_value(keys.known_since), max(records.event_time)) // 24 as age_days
from keys
join named_identities on named_identities.authenticated_use_id = keys.use_id
join records on records.identity_id = named_identities.identity_id
anti join records_apart
    on records_apart.file_id = records.file_id and records_apart.record = records.record
where ($since::timestamp is null or records.event_time >= $since)
    and ($until::timestamp is null or records.event_time < $until)
group by keys.access_key_id
having max(records.event_time) >= any_value(keys.known_since) + to_days($old_days::integer)
order by first_seen, keys.access_key_id
