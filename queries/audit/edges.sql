-- From which account roles of which other account were taken, by whom. New is an edge that the report
-- before did not know; without it, one that was not taken before `known_since`.
with known as (
    select
        edge,
        case
            when $known is null then min(event_time) >= $known_since::timestamp
            else edge not in (select unnest($known::varchar[]))
        end as is_new
    from roles_taken
    where edge is not null
    group by edge
),
crossing as (
    select *
    from roles_taken
    where edge is not null
        and ($since::timestamp is null or event_time >= $since)
),
takers as (
    select
        edge,
        kind,
        id,
        max(arn) as arn,
        max(account_id) as account_id,
        max(name) as name,
        count(distinct issuance_id) as issuances
    from crossing
    group by edge, kind, id
),
behind as (
    select
        edge,
        count(*) as origin_count,
        list_slice(
            list(
                {'kind': kind, 'id': id, 'arn': arn, 'account_id': account_id, 'name': name}
                order by issuances desc, kind, id
            ),
            1,
            $names
        ) as origins
    from takers
    group by edge
),
within as (
    select
        edge,
        any_value(from_account_id) as from_account_id,
        any_value(to_account_id) as to_account_id,
        list_slice(list_sort(list(distinct role_arn)), 1, $names) as roles,
        count(distinct role_arn) as role_count,
        count(distinct issuance_id) as issuances,
        min(event_time) as first_seen,
        max(event_time) as last_seen,
        bool_or(caller_held) as caller_logs_held
    from crossing
    group by edge
)
select
    within.*,
    behind.origins,
    behind.origin_count,
    known.is_new,
    count(*) over () as all_count,
    count(*) filter (where known.is_new) over () as new_count
from within
join behind on behind.edge = within.edge
join known on known.edge = within.edge
order by
    coalesce(known.is_new, false) desc,
    within.issuances desc,
    within.from_account_id,
    within.to_account_id
limit $limit
