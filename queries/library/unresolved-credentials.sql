-- title: Credentials whose origin is not known
-- about: A row is one credential that was used, with the reason why its chain ends.
-- about: `trailtrace who-did KEY` says which account, Region and hours of logs would settle one.
-- param since: timestamp = null  -- only sessions used at or after this UTC time
-- param until: timestamp = null  -- only sessions used before this UTC time
-- column access_key_id: varchar  -- null where the records show none
-- column arn: varchar            -- the session or user
-- column role_arn: varchar       -- the role it belongs to
-- column created: timestamp      -- when it was issued
-- column first_seen: timestamp   -- first use
-- column last_seen: timestamp    -- last use
-- column event_count: bigint     -- records it left
-- column stop: varchar           -- why the chain ends
-- column candidates: bigint      -- issuances that fit
-- column caller_arn: varchar     -- caller of the only issuance that fits, if known
select
    access_key_id,
    arn,
    role_arn,
    created,
    first_seen,
    last_seen,
    event_count,
    origin_stop as stop,
    candidates,
    caller_arn
from sessions
where origin_kind in ('unknown', 'external_account')
    and authenticated
    and event_count > 0
    and ($since::timestamp is null or last_seen >= $since)
    and ($until::timestamp is null or first_seen < $until)
order by event_count desc, use_id
