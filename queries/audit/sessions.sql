-- Credentials of the window that are worth a look, the most so first: those that findings are about,
-- then by hops, accounts crossed, refused and changing calls.
with used as (
    select
        use_id,
        cast(sum(calls) as bigint) as calls,
        cast(sum(writes) as bigint) as writes,
        cast(sum(denied) as bigint) as denied,
        min(first_seen) as first_seen,
        max(last_seen) as last_seen
    from attributed_calls
    group by use_id
),
named as (
    select unnest($found::varchar[]) as use_id
),
found as (
    select use_id, count(*) as findings
    from named
    group by use_id
),
notable as (
    select
        used.*,
        uses.access_key_id,
        uses.arn,
        uses.account_id,
        uses.session_issuer_arn as role_arn,
        uses.session_name,
        origins.kind,
        origins.id,
        origins.arn as origin_arn,
        origins.account_id as origin_account_id,
        origins.name,
        origins.grade,
        origins.stop,
        origins.hops,
        coalesce(found.findings, 0) as findings,
        coalesce(uses.account_id <> origins.account_id, false) as crosses,
        count(*) over () as all_count
    from used
    join uses on uses.use_id = used.use_id
    join origins on origins.use_id = used.use_id
    left join found on found.use_id = used.use_id
    order by
        findings desc,
        origins.kind = 'unknown' desc,
        origins.hops desc,
        crosses desc,
        used.denied desc,
        used.writes desc,
        used.calls desc,
        used.use_id
    limit $limit
)
select *
from notable
order by findings desc, kind = 'unknown' desc, hops desc, crosses desc, denied desc, writes desc, calls desc, use_id
