-- title: Sessions that renew themselves beyond their end
-- about: A row is one chain in which a session took its own role again, directly or by way of others, after the role's first session in it had ended.
-- about: A session that came from another role lives an hour at most; whoever goes round in a circle keeps access for as long as they like, also when their key or sign-in is gone.
-- severity: high
-- confidence: medium
-- cannot see: Circles through an account whose logs are not held, and a circle with a session whose issuance is in doubt.
-- false positives: A program that takes its own role again to renew it.
-- what to do: See the whole chain with `trailtrace who-did` on the last call; revoke the sessions of every role of the circle at once, for each can begin it anew.
-- param since: timestamp = null   -- only renewals at or after this UTC time
-- param until: timestamp = null   -- only renewals before this UTC time
-- column key: varchar[]           -- the call that began the chain
-- column summary: varchar         -- what happened
-- column account_id: varchar      -- account of the role that was renewed last
-- column use_id: varchar          -- the session that renewed last
-- column first_seen: timestamp    -- first renewal of the window
-- column last_seen: timestamp     -- last one
-- column event_count: bigint      -- renewals
-- column event_ids: varchar[]     -- the first of them
-- column role_arns: varchar[]     -- roles that were renewed, at most twenty
-- column began: timestamp         -- when the chain began
with recursive issuance_of as (
    select links.use_id, min(links.issuance_id) as issuance_id
    from links
    where links.grade in ('proof', 'strong')
    group by links.use_id
    having count(distinct links.issuance_id) = 1
),
renewals as (
    select *
    from issued(null, $until)
    where role_arn is not null
),
steps as (
    select renewals.issuance_id, issuance_of.issuance_id as parent_id
    from renewals
    join issuance_of on issuance_of.use_id = renewals.caller_use_id
),
-- A false circle of records would have no end.
walk as (
    select steps.issuance_id, steps.parent_id, 1 as hop
    from steps
    join renewals on renewals.issuance_id = steps.issuance_id
    where $since::timestamp is null or renewals.event_time >= $since
    union all
    select walk.issuance_id, steps.parent_id, walk.hop + 1
    from walk
    join steps on steps.issuance_id = walk.parent_id
    where walk.hop < 500
),
began as (
    select issuance_id, arg_max(parent_id, hop) as root_id
    from walk
    group by issuance_id
),
outlived as (
    select walk.issuance_id
    from walk
    join renewals as later on later.issuance_id = walk.issuance_id
    join renewals as earlier on earlier.issuance_id = walk.parent_id
    where earlier.role_arn = later.role_arn
    group by walk.issuance_id
    having bool_or(later.event_time > earlier.expiration)
)
select
    [began.root_id] as key,
    format(
        '{} renewed its own session of {} for {} hours, {} after the first one had ended',
        of_first(renewals.who, renewals.event_time, renewals.event_id),
        array_to_string(list_slice(list_sort(list(distinct split_part(renewals.role_arn, ':role/', 2))), 1, 5), ' and '),
        cast(round(date_diff('minute', any_value(roots.event_time), max(renewals.expiration)) / 60.0) as integer),
        counted(count(distinct renewals.issuance_id), 'time')
    ) as summary,
    arg_max(renewals.role_account_id, renewals.event_time) as account_id,
    arg_max(renewals.use_id, {'moment': renewals.event_time, 'event': renewals.event_id}) as use_id,
    min(renewals.event_time) as first_seen,
    max(renewals.event_time) as last_seen,
    count(distinct renewals.issuance_id) as event_count,
    evidence_ids(renewals.event_id, renewals.event_time) as event_ids,
    list_slice(list_sort(list(distinct renewals.role_arn)), 1, 20) as role_arns,
    any_value(roots.event_time) as began
from outlived
join began on began.issuance_id = outlived.issuance_id
join renewals on renewals.issuance_id = outlived.issuance_id
join issuances as roots on roots.issuance_id = began.root_id
group by began.root_id
order by first_seen, began.root_id
