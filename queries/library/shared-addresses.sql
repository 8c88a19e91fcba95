-- title: Addresses that several origins came from
-- about: A row is one address with more than one person or workload behind it: an office, a proxy, or one hand with many keys.
-- about: Calls that an AWS service passed on are left out.
-- param origins: integer = 2         -- fewest distinct origins
-- param since: timestamp = null      -- only events at or after this UTC time
-- param until: timestamp = null      -- only events before this UTC time
-- column source_ip_address: varchar  -- the address
-- column origin_count: bigint        -- distinct origins
-- column origins: varchar[]          -- at most ten of them
-- column calls: bigint               -- calls from there
-- column first_seen: timestamp       -- first
-- column last_seen: timestamp        -- last
select
    source_ip_address,
    count(distinct origin_id) as origin_count,
    list_slice(list_sort(list(distinct coalesce(origin_name, origin_id))), 1, 10) as origins,
    count(*) as calls,
    min(event_time) as first_seen,
    max(event_time) as last_seen
from calls
where regexp_matches(source_ip_address, '^[0-9a-fA-F:.]+$')
    and origin_id is not null
    and ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
group by source_ip_address
having count(distinct origin_id) >= $origins
order by origin_count desc, source_ip_address
