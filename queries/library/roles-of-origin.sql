-- title: The roles one person or workload reached
-- about: A row is one role, with the number of hops it took to get there.
-- about: Cannot see roles that could have been taken; only those that were.
-- param origin: varchar          -- name, id or ARN of the origin
-- param since: timestamp = null  -- only sessions used at or after this UTC time
-- param until: timestamp = null  -- only sessions used before this UTC time
-- column role_arn: varchar       -- the role
-- column account_id: varchar     -- its account
-- column fewest_hops: bigint     -- shortest chain from the origin
-- column sessions: bigint        -- credentials
-- column records: bigint         -- records they left
-- column first_seen: timestamp   -- first use
-- column last_seen: timestamp    -- last use
select
    role_arn,
    account_id,
    min(origin_hops) as fewest_hops,
    count(*) as sessions,
    cast(sum(event_count) as bigint) as records,
    min(first_seen) as first_seen,
    max(last_seen) as last_seen
from sessions
where role_arn is not null
    and (origin_id = $origin or origin_arn = $origin or lower(origin_name) = lower($origin))
    and ($since::timestamp is null or last_seen >= $since)
    and ($until::timestamp is null or first_seen < $until)
group by role_arn, account_id
order by fewest_hops, role_arn, account_id
