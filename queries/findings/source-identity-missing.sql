-- title: Role taken without the source identity that others set
-- about: A row is one origin that took a role without a source identity, while most who take this role set one.
-- about: A source identity stays on all sessions that come out of the first one: without it later calls do not name anybody.
-- severity: low
-- confidence: medium
-- cannot see: Roles for which hardly anybody sets one, and whether a policy demands it. Switches of role in the console cannot set one and are left out.
-- false positives: A pipeline or a tool that has not been changed yet.
-- what to do: Let the role's trust policy demand `sts:SourceIdentity`; ask the origin which tool it used.
-- param percent: integer = 75    -- least share of the role's sessions that bear one
-- param others: integer = 3      -- fewest such sessions
-- param since: timestamp = null  -- only sessions issued at or after this UTC time
-- param until: timestamp = null  -- only sessions issued before this UTC time
-- column key: varchar[]          -- the origin and the role
-- column summary: varchar        -- what happened
-- column account_id: varchar     -- account of the role
-- column use_id: varchar         -- who took the role
-- column first_seen: timestamp   -- first session without one
-- column last_seen: timestamp    -- last one
-- column event_count: bigint     -- sessions without one
-- column event_ids: varchar[]    -- the calls that issued the first of them
-- column role_arn: varchar       -- the role
-- column bearing: bigint         -- sessions of the role that bear one
-- column sessions: bigint        -- sessions of the role
with switched as (
    select distinct session_arn, event_time
    from issuances
    where kind = 'switch_role'
),
-- With what came before the window, which says what is usual.
taken as (
    select
        *,
        ($since::timestamp is null or event_time >= $since) as within_window,
        count(*) over role as sessions,
        count(source_identity) over role as bearing
    from issued(null, $until) as issued
    anti join switched on switched.session_arn = issued.session_arn and switched.event_time = issued.event_time
    where kind in ('assume_role', 'saml', 'web_identity')
        and coalesce(caller_type, '') <> 'AWSService'
        and role_arn is not null
    window role as (partition by role_arn)
)
select
    [origin, role_arn] as key,
    format(
        '{} took {} without a source identity, which {} of its {} sessions bear',
        of_first(who, event_time, event_id), role_arn, any_value(bearing), any_value(sessions)
    ) as summary,
    any_value(role_account_id) as account_id,
    of_first(use_id, event_time, event_id) as use_id,
    min(event_time) as first_seen,
    max(event_time) as last_seen,
    count(distinct issuance_id) as event_count,
    evidence_ids(event_id, event_time) as event_ids,
    role_arn,
    any_value(bearing) as bearing,
    any_value(sessions) as sessions
from taken
where within_window
    and source_identity is null
    and bearing >= $others::integer
    and bearing * 100 >= sessions * $percent::integer
group by origin, role_arn
order by first_seen, origin, role_arn
