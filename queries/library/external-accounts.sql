-- title: Accounts that act here and whose logs are not held
-- about: A row is one account that called into the loaded accounts and recorded nothing itself in this store.
-- about: It may be a partner, a product, AWS itself, or an own account whose logs are missing: the store cannot tell.
-- param since: timestamp = null    -- only events at or after this UTC time
-- param until: timestamp = null    -- only events before this UTC time
-- column account_id: varchar       -- the account
-- column calls: bigint             -- calls
-- column principals: bigint        -- distinct principals
-- column into_accounts: varchar[]  -- accounts that recorded them
-- column event_names: varchar[]    -- at most ten of the calls
-- column roles_taken: bigint       -- distinct roles they took
-- column first_seen: timestamp     -- first call
-- column last_seen: timestamp      -- last call
select
    account_id,
    count(*) as calls,
    count(distinct principal_id) as principals,
    list_sort(list(distinct recipient_account_id)) as into_accounts,
    list_slice(list_sort(list(distinct event_name)), 1, 10) as event_names,
    count(distinct json_extract_string(request_parameters, '$.roleArn'))
        filter (where event_name = 'AssumeRole') as roles_taken,
    min(event_time) as first_seen,
    max(event_time) as last_seen
from calls
where account_id is not null
    and account_id not in (
        select recipient_account_id from records where recipient_account_id is not null
    )
    and ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
group by account_id
order by calls desc, account_id
