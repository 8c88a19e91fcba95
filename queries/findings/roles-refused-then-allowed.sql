-- title: AssumeRole refused many times, then allowed
-- about: A row is one origin and one role that it assumed for the first time, after at least five refused attempts to assume roles within the hour before.
-- about: Somebody who tries one role after the other is looking for one that lets them in.
-- severity: high
-- confidence: medium
-- cannot see: Refusals in other accounts than those held, since only the caller's own account records them.
-- false positives: A role whose trust policy was just repaired while a tool kept trying; attempts at a role that was made up to ten minutes before are left out, since IAM needs a while.
-- what to do: Look at which roles were tried and at what the session did, with `trailtrace what-did`.
-- sequence: after_many
-- param since: timestamp = null   -- only roles assumed at or after this UTC time
-- param until: timestamp = null   -- only events before this UTC time
-- param least: integer = 5        -- refused attempts
-- param minutes: integer = 60     -- within which they must lie
-- column group: varchar           -- the origin
-- column failed: boolean          -- refused
-- column subject: varchar         -- the origin and the role
-- column event_time: timestamp    -- when
-- column event_id: varchar        -- the event
-- column use_id: varchar          -- who called
-- column account_id: varchar      -- the caller's account
-- column whose: varchar           -- not said: the attempts are the origin's own
-- column key: varchar[]           -- the origin and the role
-- column deed: varchar            -- what happened
-- column least: integer           -- refused attempts
-- column minutes: integer         -- within which they must lie
with refused as materialized (
    select
        *,
        coalesce(
            json_extract_string(request_parameters, '$.roleArn'),
            nullif(regexp_extract(error_message, '(arn:[^: ]*:iam::[0-9]{12}:role/[^ "]+)', 1), '')
        ) as role_arn
    from calls_with_origin($since::timestamp - to_minutes($minutes::integer), $until)
    where event_source = 'sts.amazonaws.com'
        and event_name = 'AssumeRole'
        and is_denied(error_code)
        and coalesce(user_identity_type, '') <> 'AWSService'
),
made as (
    select
        recipient_account_id as account_id,
        json_extract_string(request_parameters, '$.roleName') as role_name,
        event_time
    from deeds(null, $until)
    where event_source = 'iam.amazonaws.com' and event_name = 'CreateRole'
),
allowed as (
    select
        origin,
        role_arn,
        min(event_time) as event_time,
        of_first(event_id, event_time, event_id) as event_id,
        of_first(use_id, event_time, event_id) as use_id,
        of_first(caller_account_id, event_time, event_id) as account_id,
        of_first(who, event_time, event_id) as who
    from assumed_roles()
    where origin in (select origin from refused)
    group by origin, role_arn
    having coalesce(min(event_time) >= $since, true) and coalesce(min(event_time) < $until, true)
),
each as (
    select origin, true as failed, role_arn, event_time, event_id, use_id, account_id, '' as who from refused
    union all
    select origin, false, role_arn, event_time, event_id, use_id, account_id, who from allowed
)
select
    each.origin as "group",
    each.failed,
    each.origin || ' ' || coalesce(each.role_arn, '') as subject,
    each.event_time,
    each.event_id,
    each.use_id,
    each.account_id,
    cast(null as varchar) as whose,
    [each.origin, each.role_arn] as key,
    format('{} assumed {}', each.who, coalesce(each.role_arn, 'a role that the record does not name')) as deed,
    $least::integer as least,
    $minutes::integer as minutes
from each
anti join made
    on made.account_id = split_part(each.role_arn, ':', 5)
    and made.role_name = split_part(each.role_arn, '/', -1)
    and each.event_time between made.event_time and made.event_time + interval 10 minute
order by each.event_time, each.event_id, subject
