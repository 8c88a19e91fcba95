-- title: Which role leads to which role, and since when
-- about: A row is one role whose sessions took another role. A pair seen for the first time is a new way through the accounts.
-- about: Cannot see pairs whose calling session is not known by its ARN: the caller's account is not loaded.
-- param since: timestamp = null  -- only pairs first seen at or after this UTC time
-- column from_role: varchar      -- account and name of the calling role
-- column to_role: varchar        -- ARN of the role taken
-- column first_seen: timestamp   -- first time
-- column last_seen: timestamp    -- last time
-- column issuances: bigint       -- times
-- column origins: varchar[]      -- at most ten origins behind them
select
    regexp_replace(chains.caller_arn, '^arn:[^:]*:sts::([0-9]+):assumed-role/([^/]+)/.*$', '\1/\2') as from_role,
    chains.role_arn as to_role,
    min(chains.issued_at) as first_seen,
    max(chains.issued_at) as last_seen,
    count(distinct chains.issuance_id) as issuances,
    list_slice(
        list_sort(list(distinct coalesce(origins.name, origins.id, origins.kind))), 1, 10
    ) as origins
from chains
left join origins on origins.use_id = chains.use_id
where chains.caller_type = 'AssumedRole'
    and chains.role_arn is not null
group by from_role, to_role
having ($since::timestamp is null or min(chains.issued_at) >= $since)
order by first_seen, from_role, to_role
