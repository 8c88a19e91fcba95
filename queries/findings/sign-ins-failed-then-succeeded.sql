-- title: Console sign-in after many that failed
-- about: A row is one user who signed in to the console within an hour of at least five failed sign-ins of the same user, or from the same address.
-- severity: high
-- confidence: medium
-- cannot see: Failed sign-ins in Regions whose logs are not held; attempts on users that do not exist, except by their address.
-- false positives: A person who forgot the password; many people behind one address of an office.
-- what to do: Ask the user; if it was not they, change the password, end the sessions and read what these did.
-- sequence: after_many
-- param since: timestamp = null   -- only sign-ins at or after this UTC time
-- param until: timestamp = null   -- only events before this UTC time
-- param least: integer = 5        -- failed sign-ins
-- param minutes: integer = 60     -- within which they must lie
-- column group: varchar           -- the user, or the address
-- column failed: boolean          -- a failed sign-in
-- column subject: varchar         -- the user
-- column event_time: timestamp    -- when
-- column event_id: varchar        -- the event
-- column use_id: varchar          -- the user, if the sign-in succeeded
-- column account_id: varchar      -- the account
-- column whose: varchar           -- the name that a failed attempt gave
-- column key: varchar[]           -- the user
-- column deed: varchar            -- what happened
-- column least: integer           -- failed sign-ins
-- column minutes: integer         -- within which they must lie
with failed as (
    select
        event_time,
        event_id,
        recipient_account_id,
        case
            when user_name <> 'HIDDEN_DUE_TO_SECURITY_REASONS' then user_name
            when user_identity_type = 'Root' then 'root'
        end as named,
        source_ip_address
    from identified_events
    where event_source = 'signin.amazonaws.com'
        and event_name = 'ConsoleLogin'
        and not authenticated
        and json_extract_string(response_elements, '$.ConsoleLogin') = 'Failure'
        and ($since::timestamp is null or event_time >= $since::timestamp - to_minutes($minutes::integer))
        and ($until::timestamp is null or event_time < $until)
),
succeeded as (
    select *, coalesce(user_name, case when user_identity_type = 'Root' then 'root' end) as named
    from deeds($since, $until)
    where event_source = 'signin.amazonaws.com' and event_name = 'ConsoleLogin'
),
each as (
    select true as failed, event_time, event_id, recipient_account_id, named, source_ip_address,
        null as use_id, null as origin, '' as who
    from failed
    union all
    select false, event_time, event_id, recipient_account_id, named, source_ip_address, use_id, origin, who
    from succeeded
),
grouped as (
    select *, unnest([
        'user ' || recipient_account_id || ' ' || named,
        'address ' || recipient_account_id || ' ' || source_ip_address
    ]) as "group"
    from each
)
select
    "group",
    failed,
    coalesce(origin, '') as subject,
    event_time,
    event_id,
    use_id,
    recipient_account_id as account_id,
    case when failed then coalesce(named, 'a name that the record hides') end as whose,
    [origin, recipient_account_id] as key,
    format(
        '{} signed in to the console of account {} from {}',
        who, coalesce(recipient_account_id, 'unknown'), coalesce(source_ip_address, 'an unknown address')
    ) as deed,
    $least::integer as least,
    $minutes::integer as minutes
from grouped
where "group" is not null
order by event_time, event_id, "group"
