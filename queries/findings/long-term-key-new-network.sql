-- title: Long-term key used from a new network
-- about: A row is one long-term access key and one network that it was first used from within the window, having been used from others for a week before.
-- about: A key that leaves its machine shows first by where it is used from.
-- severity: medium
-- confidence: medium
-- cannot see: A key that was used from within a known network, or through a machine that is its own; networks are IPv4 /24 and IPv6 /48, so a provider may have many.
-- false positives: A laptop on the road, a provider that gives out other addresses, a job that moved.
-- what to do: Compare the user agent and the calls with those from before, and ask the owner; write networks that are yours into `trailtrace.toml`.
-- param since: timestamp = null          -- only events at or after this UTC time
-- param until: timestamp = null          -- only events before this UTC time
-- param known_networks: varchar[] = null -- networks that the organisation knows
-- param history_days: integer = 7        -- how long the key must have been in use before
-- column key: varchar[]                  -- the key and the network
-- column summary: varchar                -- what happened
-- column account_id: varchar             -- the key's account
-- column use_id: varchar                 -- the key
-- column first_seen: timestamp           -- first call from there
-- column last_seen: timestamp            -- last call from there
-- column event_count: bigint             -- calls from there
-- column event_ids: varchar[]            -- the first of them
-- column network: varchar                -- the network
-- column earlier_networks: bigint        -- networks that it was used from before
with keys as (
    select
        uses.use_id,
        uses.access_key_id,
        uses.account_id,
        uses.user_name,
        named_identities.identity_id
    from uses
    join named_identities on named_identities.authenticated_use_id = uses.use_id
    where uses.authenticated
        and uses.invoked_by is null
        and starts_with(uses.join_key, 'AKIA')
        and coalesce(uses.last_seen >= $since, true)
),
-- Addresses first, since their networks are fewer than the calls.
by_address as (
    select keys.access_key_id, records.source_ip_address, min(records.event_time) as first_seen
    from records
    join keys on keys.identity_id = records.identity_id
    anti join records_apart
        on records_apart.file_id = records.file_id and records_apart.record = records.record
    where ($until::timestamp is null or records.event_time < $until)
    group by keys.access_key_id, records.source_ip_address
),
networks as (
    select
        access_key_id,
        network_of(source_ip_address) as network,
        min(first_seen) as first_seen,
        list(source_ip_address) as addresses,
        bool_and(is_known_address(source_ip_address, $known_networks::varchar[])) as is_known
    from by_address
    where network_of(source_ip_address) is not null
    group by access_key_id, network_of(source_ip_address)
),
placed as (
    select
        *,
        min(first_seen) over (partition by access_key_id) as used_since,
        row_number() over (partition by access_key_id order by first_seen, network) - 1 as earlier_networks
    from networks
),
fresh as (
    select placed.*, unnest(placed.addresses) as address
    from placed
    where not is_known
        and earlier_networks > 0
        and first_seen >= used_since + to_days($history_days::integer)
        and coalesce(first_seen >= $since, true)
)
select
    [fresh.access_key_id, fresh.network] as key,
    format(
        'Long-term key {} of {} made {} from {}, a network that it was not used from before',
        fresh.access_key_id,
        coalesce(of_first(keys.user_name, records.event_time, records.event_id), 'a user without a name'),
        counted(count(distinct records.event_id), 'call'),
        fresh.network
    ) as summary,
    of_first(keys.account_id, records.event_time, records.event_id) as account_id,
    of_first(keys.use_id, records.event_time, records.event_id) as use_id,
    min(records.event_time) as first_seen,
    max(records.event_time) as last_seen,
    count(distinct records.event_id) as event_count,
    evidence_ids(records.event_id, records.event_time) as event_ids,
    fresh.network,
    any_value(fresh.earlier_networks) as earlier_networks
from fresh
join keys on keys.access_key_id = fresh.access_key_id
join records
    on records.identity_id = keys.identity_id
    and records.source_ip_address = fresh.address
    and records.event_time >= fresh.first_seen
anti join records_apart
    on records_apart.file_id = records.file_id and records_apart.record = records.record
where ($until::timestamp is null or records.event_time < $until)
group by fresh.access_key_id, fresh.network
order by first_seen, fresh.access_key_id, fresh.network
