-- title: The sessions of one person or workload
-- about: A row is one credential with the call that issued it.
-- about: Cannot see sessions that are only issued outside these logs.
-- param origin: varchar               -- name, id or ARN of the origin
-- param since: timestamp = null       -- only sessions used at or after this UTC time
-- param until: timestamp = null       -- only sessions used before this UTC time
-- column access_key_id: varchar       -- null where the records show none
-- column arn: varchar                 -- the session or user
-- column role_arn: varchar            -- the role it belongs to
-- column created: timestamp           -- when it was issued
-- column first_seen: timestamp        -- first use
-- column last_seen: timestamp         -- last use
-- column issuing_event_name: varchar  -- the call that issued it; null where it is not known or not sure
-- column issued_at: timestamp         -- when
-- column origin_hops: bigint          -- hops back to the origin
-- column origin_grade: varchar        -- grade of the chain
select
    access_key_id,
    arn,
    role_arn,
    created,
    first_seen,
    last_seen,
    issuing_event_name,
    issued_at,
    origin_hops,
    origin_grade
from sessions
where (origin_id = $origin or origin_arn = $origin or lower(origin_name) = lower($origin))
    and ($since::timestamp is null or last_seen >= $since)
    and ($until::timestamp is null or first_seen < $until)
order by created, first_seen, use_id
