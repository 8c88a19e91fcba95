-- title: Console opened with credentials by somebody who was not seen to do so
-- about: A row is one origin whose first call of GetSigninToken in these logs lies within the window: credentials of a role or a federated user became a console session.
-- about: A tool does this for convenience, and so does whoever found credentials and wants to look around; the console session can outlive them.
-- severity: medium
-- confidence: low
-- cannot see: What the origin did before the logs begin; an Identity Center user whose credentials were taken and whose user agent was imitated, since the access portal calls it the same way.
-- false positives: A person's first use of a tool that opens the console, or a broker that signs people in.
-- what to do: Compare the address and the user agent with the origin's other calls, and ask the person.
-- param since: timestamp = null          -- only events at or after this UTC time
-- param until: timestamp = null          -- only events before this UTC time
-- param history_days: integer = 0        -- how long the account's logs must go back before the first call
-- column key: varchar[]                  -- the origin and the account
-- column summary: varchar                -- what happened
-- column account_id: varchar             -- the account
-- column use_id: varchar                 -- the credential that was presented
-- column first_seen: timestamp           -- first call
-- column last_seen: timestamp            -- last call
-- column event_count: bigint             -- calls
-- column event_ids: varchar[]            -- the first of them
-- column source_ip_addresses: varchar[]  -- where from
-- column user_agents: varchar[]          -- with what
with tokens as (
    select *
    from deeds(null, $until)
    where event_source = 'signin.amazonaws.com'
        and event_name = 'GetSigninToken'
        and coalesce(json_extract_string(response_elements, '$.GetSigninToken'), 'Success') = 'Success'
        -- The access portal of Identity Center opens the console for everybody.
        and not coalesce(contains(arn, ':assumed-role/AWSReservedSSO_') and contains(user_agent, 'Jersey'), false)
),
histories as (
    select recipient_account_id, min(event_time) as began
    from records
    where recipient_account_id in (select recipient_account_id from tokens)
    group by recipient_account_id
)
select
    [origin, tokens.recipient_account_id] as key,
    format(
        '{} opened the console of account {} with credentials of {} from {}, and was not seen to do so before',
        of_first(who, event_time, event_id),
        coalesce(tokens.recipient_account_id, 'unknown'),
        coalesce(of_first(arn, event_time, event_id), 'a principal without a name'),
        coalesce(of_first(source_ip_address, event_time, event_id), 'an unknown address')
    ) as summary,
    tokens.recipient_account_id as account_id,
    of_first(use_id, event_time, event_id) as use_id,
    min(event_time) as first_seen,
    max(event_time) as last_seen,
    count(distinct event_id) as event_count,
    evidence_ids(event_id, event_time) as event_ids,
    list_sort(list_distinct(list(source_ip_address))) as source_ip_addresses,
    list_sort(list_distinct(list(user_agent))) as user_agents
from tokens
left join histories on histories.recipient_account_id = tokens.recipient_account_id
group by origin, tokens.recipient_account_id
having coalesce(min(event_time) >= $since, true)
    and ($history_days::integer = 0 or min(event_time) >= min(began) + to_days($history_days::integer))
order by first_seen, origin, tokens.recipient_account_id
