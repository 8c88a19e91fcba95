-- title: One account's principal in another account for the first time
-- about: A row is a pair of accounts: somebody of the first took a role of the second, which nobody of it ever did before.
-- severity: medium
-- confidence: medium
-- cannot see: Crossings by the policy of a bucket or key, where no role is taken; crossings before the logs begin. Nothing is new in the first days of an account's logs (`history_days`).
-- false positives: A new account, a new tool or a migration.
-- what to do: Compare with the trust policy of the role and with who asked for it; look at what came of it with `trailtrace what-did`.
-- param history_days: integer = 7  -- days of an account's logs in which everything counts as known
-- param since: timestamp = null    -- only edges first crossed at or after this UTC time
-- param until: timestamp = null    -- only edges first crossed before this UTC time
-- column key: varchar[]            -- the two accounts
-- column summary: varchar          -- what happened
-- column account_id: varchar       -- account of the role
-- column use_id: varchar           -- who crossed first
-- column first_seen: timestamp     -- first time
-- column last_seen: timestamp      -- last time
-- column event_count: bigint       -- how often since
-- column event_ids: varchar[]      -- the first of these calls
-- column from_account_id: varchar  -- account of the caller
-- column role_arns: varchar[]      -- roles taken, at most twenty
with first_crossed as (
    select
        caller_account_id,
        role_account_id,
        min(event_time) as first_seen,
        max(event_time) as last_seen,
        count(distinct issuance_id) as event_count,
        evidence_ids(event_id, event_time) as event_ids,
        of_first(told_accounts, event_time, event_id) as told_accounts,
        of_first(who, event_time, event_id) as who,
        of_first(use_id, event_time, event_id) as use_id,
        of_first(role_arn, event_time, event_id) as role_arn,
        list_slice(list_sort(list(distinct role_arn)), 1, 20) as role_arns
    from issued(null, $until)
    where caller_account_id <> role_account_id
    group by caller_account_id, role_account_id
    having $since::timestamp is null or min(event_time) >= $since
)
select
    [caller_account_id, role_account_id] as key,
    format(
        '{} took {} from account {}: nobody of that account ever took a role there before', who, role_arn, caller_account_id
    ) as summary,
    role_account_id as account_id,
    use_id,
    first_seen,
    last_seen,
    event_count,
    event_ids,
    caller_account_id as from_account_id,
    role_arns
from first_crossed
where exists (
    select 1
    from held_accounts() as held
    where list_contains(told_accounts, held.account_id)
        and first_seen >= held.held_since + to_days($history_days::integer)
)
order by first_seen, caller_account_id, role_account_id
