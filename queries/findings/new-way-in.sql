-- title: New way to sign in, made by somebody who was not seen to do so
-- about: A row is one origin that made a user, a password, an MFA device of somebody else, an identity provider or a trust anchor, and is not seen to have made such before.
-- about: What is made this way stays: whoever held a credential for an hour may come back by it.
-- severity: medium
-- confidence: medium
-- cannot see: What the origin did before the logs begin: with few logs, much is done for the first time. Access keys have a finding of their own.
-- false positives: An administrator's first week, a new pipeline, a store that holds only a few days; raise `history_days` for it.
-- what to do: Ask the origin for whom it was made, and remove what nobody can explain.
-- param since: timestamp = null       -- only events at or after this UTC time
-- param until: timestamp = null       -- only events before this UTC time
-- param history_days: integer = 0     -- how long the account's logs must go back before the first time
-- column key: varchar[]               -- the origin, the account and the call
-- column summary: varchar             -- what happened
-- column account_id: varchar          -- the account that has it now
-- column use_id: varchar              -- the credential that made it
-- column first_seen: timestamp        -- first time
-- column last_seen: timestamp         -- last time
-- column event_count: bigint          -- how often
-- column event_ids: varchar[]         -- the first of them
-- column event_name: varchar          -- the call
-- column made: varchar[]              -- what was made
with made as (
    select
        *,
        coalesce(
            json_extract_string(request_parameters, '$.userName'),
            json_extract_string(request_parameters, '$.virtualMFADeviceName'),
            json_extract_string(request_parameters, '$.name'),
            json_extract_string(request_parameters, '$.sAMLProviderArn'),
            json_extract_string(request_parameters, '$.url')
        ) as named,
        coalesce($since::timestamp <= event_time, true) as within
    from deeds(null, $until)
    where (
            event_source = 'iam.amazonaws.com'
            and event_name in (
                'CreateUser', 'CreateLoginProfile', 'UpdateLoginProfile', 'EnableMFADevice', 'CreateSAMLProvider',
                'UpdateSAMLProvider', 'CreateOpenIDConnectProvider', 'AddClientIDToOpenIDConnectProvider'
            )
            or event_source = 'rolesanywhere.amazonaws.com' and event_name in ('CreateTrustAnchor', 'UpdateTrustAnchor')
            or event_source in ('sso-directory.amazonaws.com', 'identitystore.amazonaws.com') and event_name = 'CreateUser'
        )
        -- Nobody but its service can act in a service-linked role.
        and not coalesce(contains(session_issuer_arn, ':role/aws-service-role/'), false)
        -- A device of one's own is every new colleague's first deed.
        and not (
            event_name in ('EnableMFADevice', 'UpdateLoginProfile')
            and case user_identity_type
                when 'IAMUser' then coalesce(json_extract_string(request_parameters, '$.userName'), user_name) = user_name
                when 'Root' then coalesce(json_extract_string(request_parameters, '$.userName'), '') in ('', 'AWS ROOT USER')
                else false
            end
        )
),
firsts as (
    select origin, recipient_account_id, event_name
    from made
    group by origin, recipient_account_id, event_name
    having bool_and(within)
),
histories as (
    select recipient_account_id, min(event_time) as began
    from records
    where recipient_account_id in (select recipient_account_id from firsts)
    group by recipient_account_id
)
select
    [made.origin, made.recipient_account_id, made.event_name] as key,
    format(
        '{} called {} in account {} for {}, and was not seen to do so before in logs that begin at {}',
        of_first(who, event_time, event_id),
        made.event_name,
        coalesce(made.recipient_account_id, 'unknown'),
        coalesce(array_to_string(list_sort(list_distinct(list(named)))[:5], ', '), 'what the record does not name'),
        in_utc(any_value(began))
    ) as summary,
    made.recipient_account_id as account_id,
    of_first(use_id, event_time, event_id) as use_id,
    min(event_time) as first_seen,
    max(event_time) as last_seen,
    count(distinct event_id) as event_count,
    evidence_ids(event_id, event_time) as event_ids,
    made.event_name,
    list_sort(list_distinct(list(named))) as made
from made
join firsts
    on firsts.origin = made.origin
    and firsts.recipient_account_id is not distinct from made.recipient_account_id
    and firsts.event_name = made.event_name
left join histories on histories.recipient_account_id = made.recipient_account_id
group by made.origin, made.recipient_account_id, made.event_name
having min(event_time) >= min(began) + to_days($history_days::integer) or $history_days::integer = 0
order by first_seen, made.origin, made.recipient_account_id, made.event_name
