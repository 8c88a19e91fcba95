-- title: Session used from two networks at once
-- about: A row is one session whose calls came from one network, then from another, then from the first again within minutes.
-- about: A network is an IPv4 /24 or an IPv6 /48. A copy of stolen credentials looks like this while their owner goes on working.
-- about: Keys of one console session or instance count as one. The origin is whom the session was issued to; the second network may be somebody else's.
-- severity: high
-- confidence: low
-- cannot see: A thief behind the same network, or one who comes after the owner has stopped; an IPv4 address beside an IPv6 one, which one machine has; calls through a VPC endpoint. Where the networks are is asked by `impossible-distance`.
-- false positives: A VPN that is switched on and off or takes part of the traffic; a company or a runner that leaves by several addresses (name them as known networks). Networks that several origins use are taken to be such, and left out.
-- what to do: Ask the origin about both networks; if one is foreign, revoke the session, and see what it did from there with `trailtrace who-did --ip ADDRESS`.
-- sequence: at_once
-- param minutes: integer = 15                 -- longest time between two calls from the first network
-- param shared_by: integer = 3                -- a network that so many origins use is nobody's own
-- param known_networks: varchar[] = null      -- networks in CIDR notation that may be used beside others
-- param since: timestamp = null               -- only events at or after this UTC time
-- param until: timestamp = null               -- only events before this UTC time
-- column session: varchar                     -- the session
-- column event_time: timestamp                -- when a call was made
-- column event_id: varchar                    -- the call
-- column network: varchar                     -- network that it came from
-- column network_words: varchar               -- the network, and what lists of networks say of the address
-- column source_ip_address: varchar           -- its address
-- column family: integer                      -- 4 or 6
-- column foreign_network: boolean             -- whether the network is neither known nor shared
-- column use_id: varchar                      -- the credential
-- column arn: varchar                         -- the session's ARN
-- column account_id: varchar                  -- account of the session
-- column who: varchar                         -- the origin in words
-- column minutes: integer                     -- as the parameter
with called as (
    -- Of identities first: a million calls come from some thousands of them.
    select identity_id, source_ip_address
    from records
    -- A signature that was wrong tells nothing of where its principal is.
    anti join records_apart
        on records_apart.file_id = records.file_id and records_apart.record = records.record
    where ($since::timestamp is null or records.event_time >= $since)
        and ($until::timestamp is null or records.event_time < $until)
        and coalesce(event_category, '') <> 'NetworkActivity'
        and not starts_with(coalesce(vpc_endpoint_id, ''), 'vpce-')
    group by identity_id, source_ip_address
),
places as (
    select named_identities.authenticated_use_id as use_id, called.source_ip_address
    from called
    join identities on identities.identity_id = called.identity_id
    join named_identities on named_identities.identity_id = called.identity_id
    where coalesce(identities.invoked_by, '') = '' and identities.creation_date is not null
        and regexp_matches(called.source_ip_address, '^[0-9a-fA-F:.]+$')
    group by named_identities.authenticated_use_id, called.source_ip_address
),
addressed as (
    select
        places.source_ip_address,
        network_of(places.source_ip_address) as network,
        addresses.label
    from (select distinct source_ip_address from places) as places
    left join addresses on addresses.address = places.source_ip_address
),
sessions as (
    select
        uses.use_id,
        -- The console makes a key for each service, and EC2 may make two at a time.
        case
            when uses.from_console or origins.kind = 'ec2_instance'
                then coalesce(uses.principal_id, '') || ' of ' || cast(uses.creation_date as varchar)
            else uses.use_id
        end as session,
        origin_key(origins.kind, origins.id, origins.arn, uses.principal_id, uses.use_id) as origin,
        origin_words(origins.kind, origins.name, origins.id, origins.arn, uses.arn, origins.grade) as who,
        uses.arn,
        uses.account_id,
        origins.covers_from,
        origins.covers_until
    from uses
    join origins on origins.use_id = uses.use_id
    -- A function's credentials, and those of jobs that a service runs, serve many machines at once.
    where origins.kind not in ('lambda_function', 'aws_service')
),
used as (
    select
        sessions.session,
        sessions.origin,
        places.use_id,
        places.source_ip_address,
        addressed.network,
        addressed.label
    from places
    join addressed on addressed.source_ip_address = places.source_ip_address
    join sessions on sessions.use_id = places.use_id
    where addressed.network is not null
),
several as (
    select session
    from used
    group by session
    having count(distinct network) > 1
),
networks as (
    select
        network,
        count(distinct origin) < $shared_by::integer
            and not bool_and(is_known_address(source_ip_address, $known_networks::varchar[])) as foreign_network
    from used
    where network in (select network from used semi join several on several.session = used.session)
    group by network
)
select
    used.session,
    calls.event_time,
    calls.event_id,
    used.network,
    used.network || coalesce(' (' || used.label || ')', '') as network_words,
    used.source_ip_address,
    case when contains(used.network, '.') then 4 else 6 end as family,
    networks.foreign_network,
    used.use_id,
    sessions.arn,
    sessions.account_id,
    sessions.who,
    $minutes::integer as minutes
from used
semi join several on several.session = used.session
join networks on networks.network = used.network
join sessions on sessions.use_id = used.use_id
join calls_of_uses(
    (select list(distinct use_id) from used semi join several on several.session = used.session), $since, $until
) as calls
    on calls.use_id = used.use_id and calls.source_ip_address = used.source_ip_address
where (sessions.covers_from is null or calls.event_time >= sessions.covers_from)
    and (sessions.covers_until is null or calls.event_time <= sessions.covers_until)
    and not coalesce(contains(calls.user_agent, 'CloudShell'), false)
order by used.session, calls.event_time, used.network, calls.event_id
