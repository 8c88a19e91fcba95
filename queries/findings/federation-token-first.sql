-- title: GetFederationToken by a user who was not seen to call it
-- about: A row is one user or root user whose first call of GetFederationToken in these logs lies within the window.
-- about: The credentials live up to 36 hours, and deleting the key that made them does not end them.
-- severity: medium
-- confidence: medium
-- cannot see: What the user did before the logs begin: with few logs, much is done for the first time.
-- false positives: A broker that gives visitors access this way, on its first day or in the first days of a store; raise `history_days` for it.
-- what to do: Ask the user; if nobody can say what it was for, deny the user everything, since the session keeps what its user may do, and see what it did with `trailtrace what-did`.
-- param since: timestamp = null    -- only events at or after this UTC time
-- param until: timestamp = null    -- only events before this UTC time
-- param history_days: integer = 0  -- how long the account's logs must go back before the first call
-- column key: varchar[]            -- the origin
-- column summary: varchar          -- what happened
-- column account_id: varchar       -- the user's account
-- column use_id: varchar           -- the key that called
-- column first_seen: timestamp     -- first call
-- column last_seen: timestamp      -- last call
-- column event_count: bigint       -- calls
-- column event_ids: varchar[]      -- the first of them
-- column names: varchar[]          -- the names that were given to the federated users
with tokens as (
    select *, json_extract_string(request_parameters, '$.name') as federated_name
    from deeds(null, $until)
    where event_source = 'sts.amazonaws.com' and event_name = 'GetFederationToken'
),
histories as (
    select recipient_account_id, min(event_time) as began
    from records
    where recipient_account_id in (select recipient_account_id from tokens)
    group by recipient_account_id
)
select
    [origin] as key,
    format(
        '{} called GetFederationToken as {}, and was not seen to do so before in logs that begin at {}',
        of_first(who, event_time, event_id),
        coalesce(array_to_string(list_sort(list_distinct(list(federated_name)))[:5], ', '), 'a name that the record does not show'),
        coalesce(in_utc(min(began)), 'an unknown time')
    ) as summary,
    of_first(account_id, event_time, event_id) as account_id,
    of_first(use_id, event_time, event_id) as use_id,
    min(event_time) as first_seen,
    max(event_time) as last_seen,
    count(distinct event_id) as event_count,
    evidence_ids(event_id, event_time) as event_ids,
    list_sort(list_distinct(list(federated_name))) as names
from tokens
left join histories on histories.recipient_account_id = tokens.recipient_account_id
group by origin
having coalesce(min(event_time) >= $since, true)
    and ($history_days::integer = 0 or min(event_time) >= min(began) + to_days($history_days::integer))
order by first_seen, origin
