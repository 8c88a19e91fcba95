-- title: Credentials of a workload used outside their VPC
-- about: A row is one role of a workload whose calls to a service came through a VPC endpoint, and then came without it or through another, while the first endpoint was still in use.
-- severity: medium
-- confidence: medium
-- cannot see: Roles that never called that service through an endpoint before, and calls to services that have none. Of data events only what is logged.
-- false positives: Instances of one role in several VPCs, of which one got its endpoint later; a route or an endpoint policy that was changed for a while.
-- what to do: Look at the address of the calls: is it the VPC's? If not, revoke the role's sessions; a policy with `aws:SourceVpce` can refuse such calls.
-- param calls: integer = 5       -- fewest calls through the endpoint before
-- param since: timestamp = null  -- only events at or after this UTC time
-- param until: timestamp = null  -- only events before this UTC time
-- column key: varchar[]          -- the role, the service and the way taken instead
-- column summary: varchar        -- what happened
-- column account_id: varchar     -- account of the role
-- column use_id: varchar         -- the credential
-- column first_seen: timestamp   -- first call by another way
-- column last_seen: timestamp    -- last one
-- column event_count: bigint     -- such calls
-- column event_ids: varchar[]    -- the first of them
-- column usual: varchar          -- the endpoint that was usual
-- column instead: varchar        -- the endpoint, else the address, that was used
with workloads as (
    select
        uses.use_id,
        uses.account_id,
        uses.session_issuer_arn as role_arn,
        origin_words(origins.kind, origins.name, origins.id, origins.arn, uses.arn, origins.grade) as who,
        origins.covers_from,
        origins.covers_until
    from uses
    join origins on origins.use_id = uses.use_id
    where origins.kind in ('ec2_instance', 'lambda_function', 'ecs_task', 'eks_pod')
        and uses.authenticated and coalesce(uses.invoked_by, '') = '' and uses.session_issuer_arn is not null
),
through as (
    select workloads.role_arn, told.event_source, told.vpc_endpoint_id as endpoint, told.event_time
    from told_calls(null, $until) as told
    join workloads on workloads.use_id = told.use_id
    where starts_with(told.vpc_endpoint_id, 'vpce-')
),
usual as (
    select
        role_arn,
        event_source,
        min(event_time) as begins,
        max(event_time) as ends,
        -- The endpoint that had carried so many calls first.
        arg_min(endpoint, reached) as endpoint,
        min(reached) as since
    from (
        select
            *,
            case
                when row_number() over (partition by role_arn, event_source, endpoint order by event_time) >= $calls::integer
                    then event_time
            end as reached
        from through
    )
    group by role_arn, event_source
    having min(reached) is not null
),
last_used as (
    select role_arn, event_source, endpoint, max(event_time) as last_call
    from through
    group by role_arn, event_source, endpoint
),
strays as (
    select
        told.*,
        workloads.account_id,
        workloads.role_arn,
        workloads.who,
        usual.endpoint as usual,
        coalesce(nullif(told.vpc_endpoint_id, ''), network_of(told.source_ip_address)) as instead
    from calls_of_uses(
        (select list(workloads.use_id) from workloads semi join usual on usual.role_arn = workloads.role_arn),
        $since,
        $until
    ) as told
    join workloads on workloads.use_id = told.use_id
    join usual on usual.role_arn = workloads.role_arn and usual.event_source = told.event_source
    join last_used
        on last_used.role_arn = usual.role_arn and last_used.event_source = usual.event_source
        and last_used.endpoint = usual.endpoint
    where coalesce(told.vpc_endpoint_id, '') <> usual.endpoint
        and told.event_time > usual.since
        and told.event_time <= last_used.last_call
        and (starts_with(coalesce(told.vpc_endpoint_id, ''), 'vpce-') or regexp_matches(told.source_ip_address, '^[0-9a-fA-F:.]+$'))
        and (workloads.covers_from is null or told.event_time >= workloads.covers_from)
        and (workloads.covers_until is null or told.event_time <= workloads.covers_until)
        -- A way that was as usual before is no other way.
        and not exists (
            select 1
            from through
            where through.role_arn = workloads.role_arn and through.event_source = told.event_source
                and through.endpoint = told.vpc_endpoint_id and through.event_time < usual.since
        )
)
select
    [role_arn, event_source, instead] as key,
    format(
        '{} called {} with {} by way of {}, not of the endpoint {} as before and after',
        of_first(who, event_time, event_id), event_source, role_arn, instead, any_value(usual)
    ) as summary,
    of_first(account_id, event_time, event_id) as account_id,
    of_first(use_id, event_time, event_id) as use_id,
    min(event_time) as first_seen,
    max(event_time) as last_seen,
    count(distinct event_id) as event_count,
    evidence_ids(event_id, event_time) as event_ids,
    any_value(usual) as usual,
    instead
from strays
group by role_arn, event_source, instead
order by first_seen, role_arn, event_source, instead
