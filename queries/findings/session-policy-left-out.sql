-- title: Role assumed without the session policy that always bounded it
-- about: A row is one origin and one role that it assumed without a session policy, having assumed it at least three times before, always with one.
-- about: A broker bounds each session by such a policy; without it the session may do all that the role may.
-- severity: medium
-- confidence: medium
-- cannot see: Whether the policy that was passed bounds anything; sessions before the logs begin.
-- false positives: A broker's new version that does without, or somebody's test.
-- what to do: Ask the owner of the broker, and look at what the session did with `trailtrace what-did`.
-- param since: timestamp = null   -- only sessions issued at or after this UTC time
-- param until: timestamp = null   -- only sessions issued before this UTC time
-- param least: integer = 3        -- sessions with a policy before it
-- column key: varchar[]           -- the origin and the role
-- column summary: varchar         -- what happened
-- column account_id: varchar      -- the role's account
-- column use_id: varchar          -- who assumed the role
-- column first_seen: timestamp    -- first session without a policy
-- column last_seen: timestamp     -- last
-- column event_count: bigint      -- sessions without a policy
-- column event_ids: varchar[]     -- the first of them
-- column role_arn: varchar        -- the role
-- column bounded_before: bigint   -- sessions with a policy before
with sessions as (
    select
        *,
        session_policy is not null or coalesce(policy_arns, '[]') not in ('[]', 'null') as is_bounded
    from assumed_roles()
    where role_arn in (select role_arn from issuances where session_policy is not null or policy_arns is not null)
        and coalesce(event_time < $until, true)
),
firsts as (
    select origin, role_arn, min(event_time) as first_without
    from sessions
    where not is_bounded
    group by origin, role_arn
    having coalesce(min(event_time) >= $since, true)
),
before as (
    select sessions.origin, sessions.role_arn, count(*) as bounded_before
    from sessions
    join firsts on firsts.origin = sessions.origin and firsts.role_arn = sessions.role_arn
    where sessions.event_time < firsts.first_without
    group by sessions.origin, sessions.role_arn
    having count(*) >= $least::integer
)
select
    [sessions.origin, sessions.role_arn] as key,
    format(
        '{} assumed {} without a session policy, having passed one {} times before',
        of_first(who, event_time, event_id),
        sessions.role_arn,
        any_value(before.bounded_before)
    ) as summary,
    split_part(sessions.role_arn, ':', 5) as account_id,
    of_first(use_id, event_time, event_id) as use_id,
    min(event_time) as first_seen,
    max(event_time) as last_seen,
    count(distinct event_id) as event_count,
    evidence_ids(event_id, event_time) as event_ids,
    sessions.role_arn,
    any_value(before.bounded_before) as bounded_before
from sessions
join before on before.origin = sessions.origin and before.role_arn = sessions.role_arn
where not is_bounded
group by sessions.origin, sessions.role_arn
order by first_seen, sessions.origin, sessions.role_arn
