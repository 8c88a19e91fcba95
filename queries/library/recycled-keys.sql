-- title: Key ids that had more than one holder
-- about: A row is one temporary key id that belonged to several sessions. AWS uses such ids again, so a key id alone names nobody.
-- about: Cannot see holders in accounts that are not loaded.
-- column access_key_id: varchar  -- the key id
-- column holders: bigint         -- sessions that held it
-- column arns: varchar[]         -- their ARNs
-- column origins: varchar[]      -- whom they lead to
-- column first_seen: timestamp   -- first use
-- column last_seen: timestamp    -- last use
select
    access_key_id,
    count(*) as holders,
    list_sort(list(distinct arn)) as arns,
    list_sort(list(distinct coalesce(origin_name, origin_id, origin_kind))) as origins,
    min(first_seen) as first_seen,
    max(last_seen) as last_seen
from sessions
where starts_with(access_key_id, 'ASIA')
    and length(access_key_id) = 20
    and authenticated
    and created is not null
group by access_key_id
having count(distinct (principal_id, created)) > 1
order by holders desc, access_key_id
