-- title: Sessions that were alive at a time
-- about: A row is one temporary credential that was issued before the time and had not ended: its expiration if known, else its last use.
-- about: Long-term keys have no lifetime and are not listed; a console session may live on without a record.
-- param at: timestamp            -- the UTC time
-- param role: varchar = null     -- only sessions of this role, by name or ARN
-- column access_key_id: varchar  -- null where the records show none
-- column arn: varchar            -- the session or user
-- column role_arn: varchar       -- the role it belongs to
-- column created: timestamp      -- when it was issued
-- column first_seen: timestamp   -- first use
-- column last_seen: timestamp    -- last use
-- column expires: timestamp      -- stated or usual end; null where the issuance is not known
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
    expires,
    origin_kind,
    origin_id,
    origin_name,
    origin_grade
from sessions
where coalesce(created, first_seen) <= $at
    and created is not null
    and greatest(coalesce(expires, last_seen), coalesce(last_seen, expires)) >= $at
    and ($role::varchar is null or role_arn = $role or ends_with(role_arn, '/' || $role))
order by created, first_seen, use_id
