-- title: Trust policy widened, then used
-- about: A row is one role whose trust policy somebody changed so that it names a principal, and one caller that assumed the role within a week and is not seen to have done so before the change.
-- about: Of a role that was just made, only callers of other accounts count, since its first use by its own is what it was made for.
-- severity: high
-- confidence: medium
-- cannot see: What the policy said before, unless the logs hold an earlier change; conditions of the policy; callers whose principal the logs do not name; providers of SAML and OIDC, which have a finding of their own.
-- false positives: A role that is opened for a colleague, a pipeline or a vendor, as somebody asked for.
-- what to do: Ask who changed the policy what for, compare it with who used it, and take the principal out again if nobody can say.
-- param since: timestamp = null             -- only uses at or after this UTC time
-- param until: timestamp = null             -- only uses before this UTC time
-- param days: integer = 7                   -- how long after the change a use counts
-- param own_accounts: varchar[] = null      -- accounts of the organisation: a new role may let them in
-- param partner_accounts: varchar[] = null  -- accounts of partners: a new role may let them in
-- column key: varchar[]                     -- the role, who changed it and who used it
-- column summary: varchar                   -- what happened
-- column account_id: varchar                -- the role's account
-- column use_id: varchar                    -- who changed the policy
-- column first_seen: timestamp              -- the change
-- column last_seen: timestamp               -- the last use
-- column event_count: bigint                -- the changes and the uses
-- column event_ids: varchar[]               -- the first of them
-- column role_arn: varchar                  -- the role
-- column used_by: varchar                   -- who used it
-- column used_from_account: varchar         -- the caller's account
with changes as (
    select
        *,
        json_extract_string(request_parameters, '$.roleName') as role_name,
        coalesce(
            json_extract_string(request_parameters, '$.policyDocument'),
            json_extract_string(request_parameters, '$.assumeRolePolicyDocument')
        ) as policy
    from deeds(null, $until)
    where event_source = 'iam.amazonaws.com' and event_name in ('UpdateAssumeRolePolicy', 'CreateRole')
),
-- Principals as the policy writes them: one text, or a list of them.
named as (
    select
        *,
        list_distinct(
            regexp_extract_all(
                array_to_string(regexp_extract_all(policy, '"AWS"\s*:\s*("[^"]*"|\[[^\]]*\])', 1), ' '), '"([^"]+)"', 1
            )
            || case when regexp_matches(policy, '"Principal"\s*:\s*"\*"') then ['*'] else [] end
        ) as principals
    from changes
),
widened as (
    select
        *,
        unnest(list_filter(
            principals,
            lambda principal: not list_contains(
                coalesce(lag(principals) over (partition by recipient_account_id, role_name order by event_time, event_id), []),
                principal
            )
        )) as principal
    from named
),
used as (
    select
        *,
        split_part(role_arn, ':', 5) as role_account,
        split_part(role_arn, '/', -1) as role_name,
        split_part(caller_principal_id, ':', 1) as caller_id
    from assumed_roles()
    where split_part(role_arn, '/', -1) in (select role_name from widened)
),
firsts as (
    select role_arn, caller_id, caller_account_id, min(event_time) as first_use
    from used
    group by role_arn, caller_id, caller_account_id
),
followed as (
    select distinct
        widened.event_time as changed_at,
        widened.event_id as change_id,
        widened.use_id,
        widened.origin,
        widened.who,
        widened.event_name,
        used.role_arn,
        used.role_account,
        used.event_time,
        used.event_id,
        used.origin as user_origin,
        used.who as user_who,
        used.caller_account_id
    from widened
    join used
        on used.role_name = widened.role_name
        and used.role_account = widened.recipient_account_id
        and used.event_time between widened.event_time and widened.event_time + to_days($days::integer)
    join firsts
        on firsts.role_arn = used.role_arn
        and firsts.caller_id is not distinct from used.caller_id
        and firsts.caller_account_id is not distinct from used.caller_account_id
        and firsts.first_use >= widened.event_time
    where coalesce(used.event_time >= $since, true)
        and coalesce(used.event_time < $until, true)
        and (
            widened.event_name = 'UpdateAssumeRolePolicy'
            or used.caller_account_id <> used.role_account
            and not coalesce(list_contains($own_accounts::varchar[], used.caller_account_id), false)
            and not coalesce(list_contains($partner_accounts::varchar[], used.caller_account_id), false)
        )
        and case
            when widened.principal = '*' then true
            when regexp_matches(widened.principal, '^([0-9]{12}|arn:[^:]*:iam::[0-9]{12}:root)$')
                then contains(widened.principal, used.caller_account_id)
            when contains(widened.principal, ':role/')
                then split_part(widened.principal, ':', 5) = used.caller_account_id
                and coalesce(
                    split_part(widened.principal, '/', -1) = regexp_extract(used.caller_arn, ':assumed-role/([^/]+)/', 1), true
                )
            when contains(widened.principal, ':user/')
                then split_part(widened.principal, ':', 5) = used.caller_account_id
                and coalesce(widened.principal = used.caller_arn, true)
            else widened.principal in (used.caller_id, used.caller_arn)
        end
),
shown as (
    select *, unnest([
        {'at': changed_at, 'id': change_id},
        {'at': event_time, 'id': event_id}
    ]) as call
    from followed
)
select
    [role_arn, origin, user_origin] as key,
    format(
        '{} changed the trust policy of {}; {} then assumed it from account {} for the first time',
        of_first(who, changed_at, change_id),
        role_arn,
        of_first(user_who, event_time, event_id),
        coalesce(of_first(caller_account_id, event_time, event_id), 'unknown')
    ) as summary,
    any_value(role_account) as account_id,
    of_first(use_id, changed_at, change_id) as use_id,
    min(changed_at) as first_seen,
    max(event_time) as last_seen,
    count(distinct call.id) as event_count,
    evidence_ids(call.id, call.at) as event_ids,
    role_arn,
    of_first(user_who, event_time, event_id) as used_by,
    of_first(caller_account_id, event_time, event_id) as used_from_account
from shown
group by role_arn, origin, user_origin
order by first_seen, role_arn, origin, user_origin
