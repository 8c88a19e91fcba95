-- What each origin did in the window, whatever roles it took. Origins that are not known are one row
-- for each reason. New is what the report before did not know; without it, what the store did not hold
-- before `known_since`.
with linked as (
    select distinct use_id as linked_use_id
    from links
    where grade <> 'none'
),
by_origin as (
    select
        kind,
        id,
        stop,
        max(arn) as arn,
        max(origin_account_id) as account_id,
        max(name) as name,
        cast(sum(calls) as bigint) as calls,
        cast(sum(writes) as bigint) as writes,
        cast(sum(denied) as bigint) as denied,
        cast(sum(failed) as bigint) as failed,
        [
            cast(coalesce(sum(calls) filter (where grade = 'proof'), 0) as bigint),
            cast(coalesce(sum(calls) filter (where grade = 'strong'), 0) as bigint),
            cast(coalesce(sum(calls) filter (where grade = 'probable'), 0) as bigint),
            cast(coalesce(sum(calls) filter (where grade = 'weak'), 0) as bigint),
            cast(coalesce(sum(calls) filter (where grade = 'none'), 0) as bigint)
        ] as graded,
        count(distinct use_id) as credentials,
        count(distinct linked_use_id) as sessions,
        count(distinct account_id) as account_count,
        list_slice(
            list_sort(list(distinct account_id) filter (where account_id is not null)), 1, $names
        ) as accounts,
        count(distinct region) as region_count,
        list_slice(list_sort(list(distinct region) filter (where region is not null)), 1, $names) as regions,
        min(first_seen) as first_seen,
        max(last_seen) as last_seen
    from attributed_calls
    left join linked on linked_use_id = use_id
    group by kind, id, stop
),
earliest as (
    select
        origins.kind,
        origins.id,
        min(uses.first_seen) >= $known_since::timestamp as is_first,
        short_key([origins.kind, origins.id]) not in (select unnest($known::varchar[])) as is_unknown
    from origins
    join uses on uses.use_id = origins.use_id
    where origins.id is not null
    group by origins.kind, origins.id
),
listed as (
    select
        by_origin.*,
        case when $known is null then earliest.is_first else earliest.is_unknown end as is_new,
        count(*) over () as all_count,
        count(*) filter (where is_new) over () as new_count
    from by_origin
    left join earliest on earliest.kind = by_origin.kind and earliest.id = by_origin.id
    order by calls desc, by_origin.kind, by_origin.id, stop
    limit $limit
),
daily as (
    select kind, id, stop, day, cast(sum(calls) as bigint) as calls
    from attributed_calls
    group by kind, id, stop, day
),
days as (
    select
        kind,
        id,
        stop,
        list(day order by day) as days,
        list(calls order by day) as calls_of_days
    from daily
    group by kind, id, stop
)
select listed.*, days.days, days.calls_of_days
from listed
join days
    on days.kind = listed.kind and days.id is not distinct from listed.id and days.stop = listed.stop
order by listed.calls desc, listed.kind, listed.id, listed.stop
