-- title: Sessions used from more than one address
-- about: A row is one temporary credential that signed calls from several addresses, which stolen credentials do, and so do laptops that move.
-- about: Calls that an AWS service passed on are left out. Cannot see a thief behind the victim's own address.
-- param addresses: integer = 2   -- fewest distinct addresses
-- param since: timestamp = null  -- only events at or after this UTC time
-- param until: timestamp = null  -- only events before this UTC time
-- column access_key_id: varchar  -- the key
-- column arn: varchar            -- the session
-- column address_count: bigint   -- distinct addresses
-- column addresses: varchar[]    -- at most ten of them
-- column calls: bigint           -- calls from them
-- column first_seen: timestamp   -- first call
-- column last_seen: timestamp    -- last call
-- column origin_kind: varchar    -- kind of origin
-- column origin_id: varchar      -- its id
-- column origin_name: varchar    -- its name, where the logs tell
-- column origin_grade: varchar   -- grade of the chain: below strong it is a lead
select
    access_key_id,
    max(arn) as arn,
    count(distinct source_ip_address) as address_count,
    list_slice(list_sort(list(distinct source_ip_address)), 1, 10) as addresses,
    count(*) as calls,
    min(event_time) as first_seen,
    max(event_time) as last_seen,
    origin_kind,
    origin_id,
    origin_name,
    origin_grade
from calls
where regexp_matches(source_ip_address, '^[0-9a-fA-F:.]+$')
    and invoked_by is null
    and creation_date is not null
    and ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
group by use_id, access_key_id, origin_kind, origin_id, origin_name, origin_grade
having count(distinct source_ip_address) >= $addresses
order by address_count desc, first_seen, use_id
