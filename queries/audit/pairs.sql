-- Which origin took which role, directly or from which other role. New is a way that the report before
-- did not know; without it, one that was not taken before `known_since`.
with ways as (
    select
        way,
        case
            when not bool_or(from_somewhere) then null
            when $known is null then min(event_time) >= $known_since::timestamp
            else way not in (select unnest($known::varchar[]))
        end as is_new
    from roles_taken
    group by way
),
within as (
    select
        way,
        kind,
        id,
        stop,
        max(from_role_arn) as from_role_arn,
        any_value(role_arn) as role_arn,
        any_value(to_account_id) as to_account_id,
        max(from_account_id) as from_account_id,
        max(arn) as arn,
        max(account_id) as account_id,
        max(name) as name,
        count(distinct issuance_id) as issuances,
        arg_min(grade, list_position(['none', 'weak', 'probable', 'strong', 'proof'], grade)) as grade,
        min(event_time) as first_seen,
        max(event_time) as last_seen
    from roles_taken
    where $since::timestamp is null or event_time >= $since
    group by way, kind, id, stop
)
select
    within.*,
    ways.is_new,
    count(*) over () as all_count,
    count(distinct within.way) filter (where ways.is_new) over () as new_count
from within
join ways on ways.way = within.way
order by
    coalesce(ways.is_new, false) desc,
    within.issuances desc,
    within.role_arn,
    within.from_role_arn,
    within.kind,
    within.id,
    within.stop
limit $limit
