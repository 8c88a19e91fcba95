-- title: Identity Center user in a permission set that was not seen with them
-- about: A row is one person of IAM Identity Center, one account and one permission set that the person is first seen in within the window, having been seen in others for a week.
-- severity: low
-- confidence: medium
-- cannot see: People whom no record names; what the person used before the logs begin.
-- false positives: A new assignment, which is what an administrator just made, or a set that is needed once a quarter.
-- what to do: Find the assignment in the changes of IAM Identity Center; if it is new, ask who approved it, and otherwise ask the person.
-- param since: timestamp = null    -- only events at or after this UTC time
-- param until: timestamp = null    -- only events before this UTC time
-- param history_days: integer = 7  -- how long the person must have been seen before
-- column key: varchar[]            -- the person, the account and the role of the permission set
-- column summary: varchar          -- what happened
-- column account_id: varchar       -- the account
-- column use_id: varchar           -- the first session
-- column first_seen: timestamp     -- first call
-- column last_seen: timestamp      -- last call of these sessions
-- column event_count: bigint       -- calls within the window
-- column event_ids: varchar[]      -- the first of them
-- column permission_set: varchar   -- the permission set
with sessions as (
    select
        uses.use_id,
        uses.arn,
        uses.account_id,
        uses.first_seen,
        regexp_extract(uses.arn, ':assumed-role/AWSReservedSSO_(.+)_[0-9a-f]{16}/', 1) as permission_set,
        origins.kind,
        origins.id,
        origins.name,
        origins.arn as origin_arn,
        origins.grade
    from uses
    join origins on origins.use_id = uses.use_id
    where origins.kind = 'identity_center_user'
        and uses.authenticated
        and contains(uses.arn, ':assumed-role/AWSReservedSSO_')
),
people as (
    select origins.id, min(uses.first_seen) as known_since
    from uses
    join origins on origins.use_id = uses.use_id
    where origins.kind = 'identity_center_user' and uses.authenticated
    group by origins.id
),
firsts as (
    select sessions.id, sessions.account_id, sessions.permission_set, min(people.known_since) as known_since
    from sessions
    join people on people.id = sessions.id
    group by sessions.id, sessions.account_id, sessions.permission_set
    having min(sessions.first_seen) >= min(people.known_since) + to_days($history_days::integer)
        and coalesce(min(sessions.first_seen) >= $since, true)
        and coalesce(min(sessions.first_seen) < $until, true)
),
calls as (
    select sessions.*, firsts.known_since, events.event_time, events.event_id
    from firsts
    join sessions
        on sessions.id = firsts.id
        and sessions.account_id is not distinct from firsts.account_id
        and sessions.permission_set = firsts.permission_set
    join named_identities on named_identities.authenticated_use_id = sessions.use_id
    join records as events on events.identity_id = named_identities.identity_id
    where ($until::timestamp is null or events.event_time < $until)
)
select
    [id, account_id, permission_set] as key,
    format(
        '{} used permission set {} in account {}, first seen with them; they are known since {}',
        origin_words(
            any_value(kind),
            of_first(name, event_time, event_id),
            id,
            of_first(origin_arn, event_time, event_id),
            of_first(arn, event_time, event_id),
            of_first(grade, event_time, event_id)
        ),
        coalesce(permission_set, 'without a name'),
        coalesce(account_id, 'unknown'),
        in_utc(min(known_since))
    ) as summary,
    account_id,
    of_first(use_id, event_time, event_id) as use_id,
    min(event_time) as first_seen,
    max(event_time) as last_seen,
    count(distinct event_id) as event_count,
    evidence_ids(event_id, event_time) as event_ids,
    permission_set
from calls
group by id, account_id, permission_set
order by first_seen, id, account_id, permission_set
