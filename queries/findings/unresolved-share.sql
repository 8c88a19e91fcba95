-- title: Origins that are not known, for much of an account's activity
-- about: A row is one account of whose calls with temporary credentials too large a share has no known origin.
-- about: It tells how far the other findings can see: whatever these sessions did is named after a role only.
-- severity: info
-- confidence: high
-- cannot see: Which of these calls would matter.
-- false positives: The first hours of the logs: sessions that began before them have no issuing call here.
-- what to do: Run `trailtrace query unresolved-by-reason`, and load the account, Region and hours that `trailtrace who-did` names as missing.
-- param percent: integer = 20    -- least share of calls without a known origin
-- param least: integer = 100     -- fewest such calls
-- param since: timestamp = null  -- only events at or after this UTC time
-- param until: timestamp = null  -- only events before this UTC time
-- column key: varchar[]          -- the account
-- column summary: varchar        -- how many
-- column account_id: varchar     -- the account
-- column use_id: varchar         -- none
-- column first_seen: timestamp   -- first call without an origin
-- column last_seen: timestamp    -- last one
-- column event_count: bigint     -- calls without an origin
-- column event_ids: varchar[]    -- the first of them
-- column calls: bigint           -- calls with temporary credentials
with counted_uses as (
    select use_id, account_id, count(*) as calls, min(event_time) as first_seen, max(event_time) as last_seen
    from told_calls($since, $until)
    where creation_date is not null or user_identity_type in ('AssumedRole', 'FederatedUser')
    group by use_id, account_id
),
judged as (
    select counted_uses.*, coalesce(origins.kind, 'unknown') = 'unknown' as unresolved
    from counted_uses
    left join origins on origins.use_id = counted_uses.use_id
),
accounts as (
    select
        account_id,
        sum(calls) as calls,
        coalesce(sum(calls) filter (where unresolved), 0) as unresolved,
        min(first_seen) filter (where unresolved) as first_seen,
        max(last_seen) filter (where unresolved) as last_seen
    from judged
    where account_id is not null
    group by account_id
    having unresolved >= $least::integer and unresolved * 100 >= calls * $percent::integer
),
shown as (
    select told.account_id, evidence_ids(told.event_id, told.event_time) as event_ids
    from told_calls($since, $until) as told
    semi join judged on judged.use_id = told.use_id and judged.unresolved
    semi join accounts on accounts.account_id = told.account_id
    where told.creation_date is not null or told.user_identity_type in ('AssumedRole', 'FederatedUser')
    group by told.account_id
)
select
    [accounts.account_id] as key,
    format(
        '{} of {} with temporary credentials of account {} have no known origin',
        cast(accounts.unresolved as bigint), counted(cast(accounts.calls as bigint), 'call'), accounts.account_id
    ) as summary,
    accounts.account_id,
    cast(null as varchar) as use_id,
    accounts.first_seen,
    accounts.last_seen,
    cast(accounts.unresolved as bigint) as event_count,
    shown.event_ids,
    cast(accounts.calls as bigint) as calls
from accounts
join shown on shown.account_id = accounts.account_id
order by accounts.first_seen, accounts.account_id
