-- title: Roles taken across accounts
-- about: A row is one calling account and role of another account, with who went that way.
-- about: Cannot see crossings by resource policy, where no role is taken; `cross-account-calls` has those.
-- param since: timestamp = null     -- only issued at or after this UTC time
-- param until: timestamp = null     -- only issued before this UTC time
-- column from_account: varchar      -- account of the caller
-- column to_account: varchar        -- account of the role
-- column role_arn: varchar          -- the role
-- column issuances: bigint          -- times it was taken
-- column callers: bigint            -- distinct callers, as the records name them
-- column origins: varchar[]         -- at most ten origins behind them
-- column first_seen: timestamp      -- first time
-- column last_seen: timestamp       -- last time
-- column caller_logs_held: boolean  -- the caller's own account recorded it here, at least once
select
    chains.caller_account_id as from_account,
    split_part(chains.role_arn, ':', 5) as to_account,
    chains.role_arn,
    count(distinct chains.issuance_id) as issuances,
    count(distinct coalesce(chains.caller_arn, chains.caller_principal_id)) as callers,
    list_slice(
        list_sort(list(distinct coalesce(origins.name, origins.id, origins.kind))), 1, 10
    ) as origins,
    min(chains.issued_at) as first_seen,
    max(chains.issued_at) as last_seen,
    bool_or(chains.caller_held) as caller_logs_held
from chains
left join origins on origins.use_id = chains.use_id
where chains.caller_account_id <> split_part(chains.role_arn, ':', 5)
    and ($since::timestamp is null or chains.issued_at >= $since)
    and ($until::timestamp is null or chains.issued_at < $until)
group by from_account, to_account, chains.role_arn
order by from_account, to_account, chains.role_arn
