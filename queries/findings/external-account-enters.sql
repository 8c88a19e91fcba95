-- title: Account from outside acts here
-- about: A row is one account that is not ours and made calls in one of ours: it took a role, or used what a policy gives it.
-- about: Given `accounts` in the configuration, every other account counts; without, an account whose logs are not held and that was never seen before.
-- severity: medium
-- confidence: medium
-- cannot see: Who acts in the other account: only its own logs say. Without the configuration, an account seen before the window, or in the first days of the logs (`history_days`).
-- false positives: A supplier or a product that was just connected; AWS's own accounts, which some services use; an own account whose logs are not loaded.
-- what to do: Ask who gave it access, and find the trust or bucket policy that did; name partners in the configuration.
-- param history_days: integer = 7              -- days of an account's logs in which everything counts as known
-- param own_accounts: varchar[] = null         -- accounts that are ours
-- param partner_accounts: varchar[] = null     -- accounts that may act here
-- param since: timestamp = null                -- only events at or after this UTC time
-- param until: timestamp = null                -- only events before this UTC time
-- column key: varchar[]                        -- the two accounts
-- column summary: varchar                      -- what happened
-- column account_id: varchar                   -- account that was entered
-- column use_id: varchar                       -- the first caller
-- column first_seen: timestamp                 -- first call
-- column last_seen: timestamp                  -- last call
-- column event_count: bigint                   -- calls
-- column event_ids: varchar[]                  -- the first of them
-- column from_account_id: varchar              -- the account from outside
-- column event_names: varchar[]                -- what it called, at most ten
with foreign_accounts as (
    select distinct account_id
    from uses
    where regexp_full_match(account_id, '[0-9]{12}')
        and not list_contains(coalesce($partner_accounts::varchar[], []), account_id)
        and case
            when $own_accounts::varchar[] is not null then not list_contains($own_accounts::varchar[], account_id)
            else account_id not in (select account_id from held_accounts())
        end
),
foreign_uses as (
    select use_id, account_id
    from uses
    where account_id in (select account_id from foreign_accounts)
),
calls as (
    select calls.*, foreign_uses.account_id
    from calls_of_uses((select list(use_id) from foreign_uses), null, $until) as calls
    join foreign_uses on foreign_uses.use_id = calls.use_id
    where calls.recipient_account_id <> foreign_uses.account_id
        and calls.error_code is null
),
entered as (
    select
        account_id as from_account_id,
        recipient_account_id as into_account_id,
        min(event_time) as ever_first,
        min(event_time) filter (where $since::timestamp is null or event_time >= $since) as first_seen,
        max(event_time) as last_seen,
        count(distinct event_id) filter (where $since::timestamp is null or event_time >= $since) as event_count,
        evidence_ids(
            case when $since::timestamp is null or event_time >= $since then event_id end, event_time
        ) as event_ids,
        arg_min(use_id, {'moment': event_time, 'event': event_id})
            filter (where $since::timestamp is null or event_time >= $since) as use_id,
        list_slice(
            list_sort(list(distinct event_name) filter (where $since::timestamp is null or event_time >= $since)), 1, 10
        ) as event_names
    from calls
    group by account_id, recipient_account_id
)
select
    [from_account_id, into_account_id] as key,
    format(
        'Account {} acts in account {}: {}, {}',
        from_account_id, into_account_id, counted(event_count, 'call'), array_to_string(event_names, ', ')
    ) as summary,
    into_account_id as account_id,
    use_id,
    first_seen,
    last_seen,
    event_count,
    event_ids,
    from_account_id,
    event_names
from entered
where first_seen is not null
    and (
        $own_accounts::varchar[] is not null
        or (
            ever_first = first_seen
            and exists (
                select 1
                from held_accounts() as held
                where held.account_id = into_account_id and first_seen >= held.held_since + to_days($history_days::integer)
            )
        )
    )
order by first_seen, from_account_id, into_account_id
