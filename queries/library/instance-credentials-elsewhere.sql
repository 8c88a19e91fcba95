-- title: Credentials of instances, and the addresses they were used from
-- about: A row is one instance and address. An instance that calls from an address of its own and suddenly from another may have lost its credentials.
-- about: Cannot see which address belongs to the instance; compare with the network's own records.
-- param since: timestamp = null      -- only events at or after this UTC time
-- param until: timestamp = null      -- only events before this UTC time
-- column instance_id: varchar        -- the instance
-- column account_id: varchar         -- its account
-- column source_ip_address: varchar  -- where its credentials were used
-- column calls: bigint               -- calls from there
-- column imds_v1_calls: bigint       -- calls with credentials that instance metadata version 1 delivered
-- column user_agents: bigint         -- distinct user agents
-- column first_seen: timestamp       -- first call from there
-- column last_seen: timestamp        -- last call from there
select
    origin_id as instance_id,
    origin_account_id as account_id,
    source_ip_address,
    count(*) as calls,
    count(*) filter (where ec2_role_delivery = '1.0') as imds_v1_calls,
    count(distinct user_agent) as user_agents,
    min(event_time) as first_seen,
    max(event_time) as last_seen
from calls
where origin_kind = 'ec2_instance'
    and source_ip_address is not null
    and ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
group by origin_id, origin_account_id, source_ip_address
order by instance_id, account_id, first_seen, source_ip_address
