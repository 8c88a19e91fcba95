-- title: Console sign-ins that failed
-- about: A row is one user and address; many failures before a success look like guessing.
-- about: The record hides a user name that does not exist. Cannot see attempts in other Regions than those loaded.
-- param since: timestamp = null      -- only events at or after this UTC time
-- param until: timestamp = null      -- only events before this UTC time
-- column account_id: varchar         -- the account
-- column user_name: varchar          -- the name that was tried, if it exists
-- column source_ip_address: varchar  -- from where
-- column failures: bigint            -- attempts that failed
-- column first_failure: timestamp    -- first of them
-- column last_failure: timestamp     -- last of them
-- column succeeded_later: boolean    -- the same name signed in from there afterwards
select
    recipient_account_id as account_id,
    user_name,
    source_ip_address,
    count(*) filter (where not authenticated) as failures,
    min(event_time) filter (where not authenticated) as first_failure,
    max(event_time) filter (where not authenticated) as last_failure,
    coalesce(
        max(event_time) filter (where authenticated) > min(event_time) filter (where not authenticated), false
    ) as succeeded_later
from calls
where event_source = 'signin.amazonaws.com'
    and event_name = 'ConsoleLogin'
    and ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
group by recipient_account_id, user_name, source_ip_address
having failures > 0
order by failures desc, account_id, user_name, source_ip_address
