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
with temporary as (
    select uses.use_id, uses.account_id, coalesce(origins.kind, 'unknown') = 'unknown' as unresolved
    from uses
    left join origins on origins.use_id = uses.use_id
    where uses.authenticated
        and uses.account_id is not null
        and (uses.creation_date is not null or uses.user_identity_type in ('AssumedRole', 'FederatedUser'))
),
-- What another account tells of a call names the account alone, not the credential.
unresolved as (
    select calls.*, temporary.account_id
    from calls_of_uses((select list(use_id) from temporary where unresolved), $since, $until) as calls
    join temporary on temporary.use_id = calls.use_id
    where calls.copied_by is null
),
shown as (
    select
        account_id,
        count(*) as unresolved,
        min(event_time) as first_seen,
        max(event_time) as last_seen,
        evidence_ids(event_id, event_time) as event_ids
    from unresolved
    group by account_id
    having count(*) >= $least::integer
),
-- Only of accounts with so many are all calls counted.
accounts as (
    select temporary.account_id, count(*) as calls
    from calls_of_uses(
        (select list(use_id) from temporary where account_id in (select account_id from shown)), $since, $until
    ) as calls
    join temporary on temporary.use_id = calls.use_id
    where calls.copied_by is null
    group by temporary.account_id
)
select
    [accounts.account_id] as key,
    format(
        '{} of {} with temporary credentials of account {} have no known origin',
        shown.unresolved, counted(accounts.calls, 'call'), accounts.account_id
    ) as summary,
    accounts.account_id,
    cast(null as varchar) as use_id,
    shown.first_seen,
    shown.last_seen,
    shown.unresolved as event_count,
    shown.event_ids,
    accounts.calls
from accounts
join shown on shown.account_id = accounts.account_id
where shown.unresolved * 100 >= accounts.calls * $percent::integer
order by shown.first_seen, accounts.account_id
