-- title: Role that led to another role for the first time
-- about: A row is one role whose sessions took another role that they never took before: a new way through the accounts.
-- about: Ways between two accounts that were never crossed before are told by `new-cross-account-edge`.
-- severity: low
-- confidence: medium
-- cannot see: Ways used before the logs begin. Nothing is new in the first days of an account's logs (`history_days`). Callers in accounts whose logs are not held show no role.
-- false positives: New roles of a release, and roles that are seldom taken, such as those for emergencies.
-- what to do: Ask the origin whether the way is meant, and whether the trust policy of the second role should name the first.
-- param history_days: integer = 7  -- days of an account's logs in which everything counts as known
-- param since: timestamp = null    -- only ways first taken at or after this UTC time
-- param until: timestamp = null    -- only ways first taken before this UTC time
-- column key: varchar[]            -- the two roles
-- column summary: varchar          -- what happened
-- column account_id: varchar       -- account of the second role
-- column use_id: varchar           -- the session that took it first
-- column first_seen: timestamp     -- first time
-- column last_seen: timestamp      -- last time
-- column event_count: bigint       -- how often since
-- column event_ids: varchar[]      -- the first of these calls
-- column from_role_arn: varchar    -- the first role
-- column role_arn: varchar         -- the second role
with taken as (
    select
        *,
        min(event_time) over (partition by caller_account_id, role_account_id) as edge_since
    from issued(null, $until)
    where caller_role_arn is not null and role_arn is not null
),
first_taken as (
    select
        caller_role_arn,
        role_arn,
        min(event_time) as first_seen,
        max(event_time) as last_seen,
        count(distinct issuance_id) as event_count,
        evidence_ids(event_id, event_time) as event_ids,
        of_first(told_accounts, event_time, event_id) as told_accounts,
        of_first(who, event_time, event_id) as who,
        of_first(use_id, event_time, event_id) as use_id,
        any_value(role_account_id) as account_id,
        any_value(caller_account_id) as caller_account_id,
        min(edge_since) as edge_since
    from taken
    group by caller_role_arn, role_arn
    having $since::timestamp is null or min(event_time) >= $since
)
select
    [caller_role_arn, role_arn] as key,
    format('{} took {} from {}, which never led there before', who, role_arn, caller_role_arn) as summary,
    account_id,
    use_id,
    first_seen,
    last_seen,
    event_count,
    event_ids,
    caller_role_arn as from_role_arn,
    role_arn
from first_taken
where (caller_account_id = account_id or edge_since < first_seen)
    and exists (
        select 1
        from held_accounts() as held
        where list_contains(told_accounts, held.account_id)
            and first_seen >= held.held_since + to_days($history_days::integer)
    )
order by first_seen, caller_role_arn, role_arn
