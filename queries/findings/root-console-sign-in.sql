-- title: Root user signed in to the console
-- about: A row is one root user and one network from which it signed in within the window.
-- about: The root user can do everything in its account and is bound by no policy of IAM; daily work never needs it.
-- severity: high
-- confidence: high
-- cannot see: Sign-ins that a Region whose logs are not held recorded; which of the people who know the password it was.
-- false positives: One of the few tasks that only the root user can do, and the yearly test of its password.
-- what to do: Ask who used the password and for which task, and look at what the session did with `trailtrace what-did`.
-- param since: timestamp = null         -- only events at or after this UTC time
-- param until: timestamp = null         -- only events before this UTC time
-- column key: varchar[]                 -- the account and the network
-- column summary: varchar               -- what happened
-- column account_id: varchar            -- the root user's account
-- column use_id: varchar                -- the root user
-- column first_seen: timestamp          -- first sign-in
-- column last_seen: timestamp           -- last sign-in
-- column event_count: bigint            -- sign-ins
-- column event_ids: varchar[]           -- the first of them
-- column source_ip_addresses: varchar[] -- where from
-- column without_mfa: bigint            -- sign-ins for which the record says that no MFA was used
with sign_ins as (
    select
        *,
        coalesce(network_of(source_ip_address), source_ip_address, '') as network,
        coalesce(lower(json_extract_string(additional_event_data, '$.MFAUsed')) = 'no', false) as without_mfa
    from deeds($since, $until)
    where event_source = 'signin.amazonaws.com'
        and event_name = 'ConsoleLogin'
        and user_identity_type = 'Root'
)
select
    [account_id, network] as key,
    format(
        'The root user of account {} signed in to the console from {}: {}, {} without MFA',
        coalesce(account_id, 'unknown'),
        network,
        counted(count(distinct event_id), 'sign-in'),
        count(distinct event_id) filter (where without_mfa)
    ) as summary,
    account_id,
    of_first(use_id, event_time, event_id) as use_id,
    min(event_time) as first_seen,
    max(event_time) as last_seen,
    count(distinct event_id) as event_count,
    evidence_ids(event_id, event_time) as event_ids,
    list_sort(list_distinct(list(source_ip_address))) as source_ip_addresses,
    count(distinct event_id) filter (where without_mfa) as without_mfa
from sign_ins
group by account_id, network
order by first_seen, account_id, network
