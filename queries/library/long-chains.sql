-- title: Credentials many hops away from their origin
-- about: A row is one credential that was reached through several roles or tokens.
-- about: Chains that cannot be finished are shorter here than they are.
-- param hops: integer = 2        -- fewest hops
-- param since: timestamp = null  -- only sessions used at or after this UTC time
-- param until: timestamp = null  -- only sessions used before this UTC time
-- column access_key_id: varchar  -- null where the records show none
-- column arn: varchar            -- the session or user
-- column role_arn: varchar       -- the role it belongs to
-- column created: timestamp      -- when it was issued
-- column first_seen: timestamp   -- first use
-- column last_seen: timestamp    -- last use
-- column origin_hops: bigint     -- hops back to the origin
-- column origin_kind: varchar    -- kind of origin
-- column origin_id: varchar      -- its id
-- column origin_name: varchar    -- its name, where the logs tell
-- column origin_grade: varchar   -- grade of the chain: below strong it is a lead
select
    access_key_id,
    arn,
    role_arn,
    created,
    first_seen,
    last_seen,
    origin_hops,
    origin_kind,
    origin_id,
    origin_name,
    origin_grade
from sessions
where origin_hops >= $hops
    and ($since::timestamp is null or last_seen >= $since)
    and ($until::timestamp is null or first_seen < $until)
order by origin_hops desc, created, use_id
