-- title: Console sign-in without MFA
-- about: A row is one IAM user or root user who signed in to the console with a password alone.
-- about: A federated sign-in is not here: its MFA is the identity provider's, and CloudTrail says "No" of it always.
-- severity: medium
-- confidence: high
-- cannot see: Sign-ins of Regions whose logs are not held; whether a second factor exists that was not asked for.
-- false positives: A user who is made for a demonstration or a test, and a sign-in behind which the network itself is the second factor.
-- what to do: Give the user an MFA device and a policy that demands it, or take the password away.
-- param since: timestamp = null         -- only events at or after this UTC time
-- param until: timestamp = null         -- only events before this UTC time
-- column key: varchar[]                 -- the user
-- column summary: varchar               -- what happened
-- column account_id: varchar            -- the user's account
-- column use_id: varchar                -- the user
-- column first_seen: timestamp          -- first sign-in without MFA
-- column last_seen: timestamp           -- last
-- column event_count: bigint            -- how many
-- column event_ids: varchar[]           -- the first of them
-- column source_ip_addresses: varchar[] -- where from
select
    [origin] as key,
    format(
        '{} signed in to the console of account {} without MFA from {}',
        of_first(who, event_time, event_id),
        coalesce(of_first(account_id, event_time, event_id), 'unknown'),
        coalesce(of_first(source_ip_address, event_time, event_id), 'an unknown address')
    ) as summary,
    of_first(account_id, event_time, event_id) as account_id,
    of_first(use_id, event_time, event_id) as use_id,
    min(event_time) as first_seen,
    max(event_time) as last_seen,
    count(distinct event_id) as event_count,
    evidence_ids(event_id, event_time) as event_ids,
    list_sort(list_distinct(list(source_ip_address))) as source_ip_addresses
from deeds($since, $until)
where event_source = 'signin.amazonaws.com'
    and event_name = 'ConsoleLogin'
    and user_identity_type in ('IAMUser', 'Root')
    and lower(json_extract_string(additional_event_data, '$.MFAUsed')) = 'no'
    and json_extract_string(additional_event_data, '$.SamlProviderArn') is null
group by origin
order by first_seen, origin
