-- title: Credential many hops away from its origin
-- about: A row is one origin and the role that it reached by way of more roles or tokens than is usual.
-- about: Every hop changes the name that tools show; a long chain is how one hides, or how a platform grew.
-- severity: low
-- confidence: low
-- cannot see: Hops in accounts whose logs are not held: chains that cannot be finished are shorter here than they are. Chains that take a role twice are told by `role-juggling`.
-- false positives: A platform that is built so; raise `hops` to its number.
-- what to do: Read the chain with `trailtrace who-did` on an event id, and ask whether each hop is needed.
-- param hops: integer = 4         -- most hops that are ordinary
-- param since: timestamp = null   -- only events at or after this UTC time
-- param until: timestamp = null   -- only events before this UTC time
-- column key: varchar[]           -- the origin and the role
-- column summary: varchar         -- what happened
-- column account_id: varchar      -- account of the role
-- column use_id: varchar          -- the credential at the end
-- column first_seen: timestamp    -- its first call
-- column last_seen: timestamp     -- last call of such credentials
-- column event_count: bigint      -- their calls
-- column event_ids: varchar[]     -- the first of them
-- column hops: bigint             -- the most hops
-- column role_arn: varchar        -- the role reached
with recursive far as (
    select
        uses.use_id,
        uses.account_id,
        uses.session_issuer_arn as role_arn,
        origins.hops,
        origin_key(origins.kind, origins.id, origins.arn, uses.principal_id, uses.use_id) as origin,
        origin_words(origins.kind, origins.name, origins.id, origins.arn, uses.arn, origins.grade) as who
    from origins
    join uses on uses.use_id = origins.use_id
    where origins.hops > $hops::integer and uses.authenticated and coalesce(uses.invoked_by, '') = ''
),
steps as (
    select links.use_id, min(issuances.role_arn) as role_arn, min(links.parent_use_id) as parent_use_id
    from links
    join issuances on issuances.issuance_id = links.issuance_id
    where links.grade <> 'none'
    group by links.use_id
),
walk as (
    select far.use_id, steps.role_arn, steps.parent_use_id, 1 as hop
    from far
    join steps on steps.use_id = far.use_id
    union all
    select walk.use_id, steps.role_arn, steps.parent_use_id, walk.hop + 1
    from walk
    join steps on steps.use_id = walk.parent_use_id
    where walk.hop < 500
),
circling as (
    select use_id
    from walk
    group by use_id
    having count(role_arn) > count(distinct role_arn)
)
select
    [far.origin, far.role_arn] as key,
    format(
        '{} reached {} by {} hops and made {} there',
        of_first(far.who, calls.event_time, calls.event_id),
        coalesce(far.role_arn, 'a session without a role'),
        max(far.hops),
        counted(count(distinct calls.event_id), 'call')
    ) as summary,
    any_value(far.account_id) as account_id,
    of_first(far.use_id, calls.event_time, calls.event_id) as use_id,
    min(calls.event_time) as first_seen,
    max(calls.event_time) as last_seen,
    count(distinct calls.event_id) as event_count,
    evidence_ids(calls.event_id, calls.event_time) as event_ids,
    max(far.hops) as hops,
    far.role_arn
from far
anti join circling on circling.use_id = far.use_id
join calls_of_uses((select list(use_id) from far), $since, $until) as calls on calls.use_id = far.use_id
group by far.origin, far.role_arn
order by first_seen, far.origin, far.role_arn
