-- title: Credentials of a workload used away from it
-- about: A row is one EC2 instance, Lambda function, ECS task or EKS pod whose credentials were used from a network that is not its own, and why that network is thought not to be.
-- about: Credentials of a workload are handed to that workload alone; used elsewhere they were taken out of it. The origin is the workload: who took them, these calls do not say.
-- severity: high
-- confidence: medium
-- cannot see: Which addresses are AWS's, unless `ip-ranges.json` was given (`trailtrace networks import`); a thief inside the same network; an instance that makes no calls of its own and whose thief uses a network nobody else does; calls through a VPC endpoint.
-- false positives: An instance that was given another public address or NAT gateway; people who work through the NAT gateway of their workloads; code that signs calls without an AWS SDK.
-- what to do: See what was done from that address with `trailtrace who-did --ip ADDRESS`, and who could have read the credentials with `trailtrace who-did` on the workload; revoke the role's sessions.
-- param shared_by: integer = 2           -- a network that so many other workloads use is the workloads' own
-- param known_networks: varchar[] = null -- networks in CIDR notation that workloads may use
-- param since: timestamp = null          -- only events at or after this UTC time
-- param until: timestamp = null          -- only events before this UTC time
-- column key: varchar[]                  -- the workload and the network
-- column summary: varchar                -- what happened
-- column account_id: varchar             -- account of the workload
-- column use_id: varchar                 -- the workload's credential
-- column first_seen: timestamp           -- first call from that network
-- column last_seen: timestamp            -- last one
-- column event_count: bigint             -- calls from there
-- column event_ids: varchar[]            -- the first of them
-- column network: varchar                -- the network
-- column reason: varchar                 -- why it is thought not to be the workload's
with unheard as (
    -- What is told of a call by who may not know it.
    select file_id, record
    from records_apart
    where not authenticated
    union
    select file_id, record
    from copies
    where rule = 'L15'
),
workloads as (
    select
        uses.use_id,
        uses.account_id,
        origins.kind,
        origin_key(origins.kind, origins.id, origins.arn, uses.principal_id, uses.use_id) as origin,
        origin_words(origins.kind, origins.name, origins.id, origins.arn, uses.arn, origins.grade) as who,
        origins.covers_from,
        origins.covers_until
    from uses
    join origins on origins.use_id = uses.use_id
    where origins.kind in ('ec2_instance', 'lambda_function', 'ecs_task', 'eks_pod')
        and uses.authenticated and coalesce(uses.invoked_by, '') = ''
),
-- Also what came before the window, which shows what the workload's own networks are.
called as (
    -- Of identities first: a million calls come from some thousands of them.
    select
        records.identity_id,
        apart.use_id,
        records.source_ip_address,
        records.user_agent,
        records.event_source = 'signin.amazonaws.com' as signs_in,
        min(records.event_time) as begins
    from records
    left join calls_apart() as apart on apart.file_id = records.file_id and apart.record = records.record
    anti join unheard on unheard.file_id = records.file_id and unheard.record = records.record
    where coalesce(records.event_category, '') <> 'NetworkActivity'
        and not starts_with(coalesce(records.vpc_endpoint_id, ''), 'vpce-')
        and ($until::timestamp is null or records.event_time < $until)
    group by records.identity_id, apart.use_id, records.source_ip_address, records.user_agent, signs_in
),
told as (
    select
        coalesce(called.use_id, named_identities.authenticated_use_id) as use_id,
        called.source_ip_address,
        called.user_agent,
        identities.user_identity_type = 'IAMUser' or called.signs_in as of_user,
        min(called.begins) as begins
    from called
    join identities on identities.identity_id = called.identity_id
    join named_identities on named_identities.identity_id = called.identity_id
    where coalesce(identities.invoked_by, '') = '' and regexp_matches(called.source_ip_address, '^[0-9a-fA-F:.]+$')
        and (
            coalesce(called.use_id, named_identities.authenticated_use_id) in (select use_id from workloads)
            or identities.user_identity_type = 'IAMUser'
            or called.signs_in
        )
    group by all
),
addressed as (
    select
        told.source_ip_address,
        network_of(told.source_ip_address) as network,
        is_known_address(told.source_ip_address, $known_networks::varchar[]) as known,
        coalesce(not addresses.of_aws and addresses.kind = 'public', false)
            and exists (select 1 from network_lists where name = 'aws') as outside_aws,
        coalesce(addresses.of_aws, false) as of_aws
    from (select distinct source_ip_address from told) as told
    left join addresses on addresses.address = told.source_ip_address
),
by_network as (
    select
        workloads.origin,
        workloads.kind,
        addressed.network,
        min(told.begins) as begins,
        bool_or(regexp_matches(coalesce(told.user_agent, ''), 'exec-env/AWS_Lambda|awslambda')) as marked,
        bool_or(regexp_matches(coalesce(told.user_agent, ''), 'Darwin|macOS|os/macos|os/windows|Windows/')) as desktop,
        bool_and(addressed.known) as known,
        bool_and(addressed.outside_aws) as outside_aws,
        bool_or(addressed.of_aws) as of_aws
    from told
    join workloads on workloads.use_id = told.use_id
    join addressed on addressed.source_ip_address = told.source_ip_address
    where addressed.network is not null
    group by workloads.origin, workloads.kind, addressed.network
),
judged as (
    select
        *,
        first_value(network) over (partition by origin order by begins, network) as home,
        bool_or(of_aws) over (partition by origin) as in_aws_otherwise,
        min(begins) over (partition by origin) < begins as comes_later,
        bool_or(marked) over (partition by origin) as has_mark,
        count(*) over (partition by network) - 1 as others,
        count(*) over (partition by network, kind) - 1 as others_of_kind
    from by_network
),
-- Where users' own keys and sign-ins come from.
of_people as (
    select distinct addressed.network
    from told
    join addressed on addressed.source_ip_address = told.source_ip_address
    where told.of_user and addressed.network is not null
),
reasons as (
    select
        judged.*,
        case
            when outside_aws and in_aws_otherwise and not marked and others_of_kind < $shared_by::integer
                then 'it is none of AWS''s, and the workload calls from AWS otherwise'
            when judged.kind in ('lambda_function', 'ecs_task', 'eks_pod') and desktop and not marked
                then 'the user agent is that of a desktop computer'
            when judged.kind <> 'lambda_function' and comes_later and others_of_kind < $shared_by::integer
                and (contains(home, '.') = contains(judged.network, '.'))
                then 'until then it called from ' || home
            when judged.kind = 'lambda_function' and has_mark and not marked and others < $shared_by::integer
                then 'its other calls bear the mark of the Lambda runtime'
            when of_people.network is not null and others_of_kind < $shared_by::integer and not marked
                then 'users sign in or call with their own keys from there'
        end as reason
    from judged
    left join of_people on of_people.network = judged.network
    where not known
)
select
    [reasons.origin, reasons.network] as key,
    format(
        'The credentials of {} made {} from {}: {}',
        of_first(workloads.who, calls.event_time, calls.event_id),
        counted(count(distinct calls.event_id), 'call'),
        reasons.network,
        any_value(reasons.reason)
    ) as summary,
    of_first(workloads.account_id, calls.event_time, calls.event_id) as account_id,
    of_first(calls.use_id, calls.event_time, calls.event_id) as use_id,
    min(calls.event_time) as first_seen,
    max(calls.event_time) as last_seen,
    count(distinct calls.event_id) as event_count,
    evidence_ids(calls.event_id, calls.event_time) as event_ids,
    reasons.network,
    any_value(reasons.reason) as reason
from reasons
join addressed on addressed.network = reasons.network
join workloads on workloads.origin = reasons.origin
join calls_of_uses(
    (
        select list(distinct workloads.use_id)
        from workloads
        join reasons on reasons.origin = workloads.origin
        where reasons.reason is not null
    ),
    $since,
    $until
) as calls
    on calls.use_id = workloads.use_id and calls.source_ip_address = addressed.source_ip_address
where reasons.reason is not null
    and (workloads.covers_from is null or calls.event_time >= workloads.covers_from)
    and (workloads.covers_until is null or calls.event_time <= workloads.covers_until)
group by reasons.origin, reasons.network
order by first_seen, reasons.origin, reasons.network
