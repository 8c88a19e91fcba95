-- Whole days without an event of an account of which something is held, each within its own two times.
with spans as (
    select unnest($account_ids) as account_id, unnest($since) as since, unnest($until) as until
),
days as (
    select coverage.account_id, coverage.day, sum(coverage.events) as events
    from coverage
    join spans
        on spans.account_id = coverage.account_id
        and coverage.day between cast(spans.since as date) and cast(spans.until as date)
    group by coverage.account_id, coverage.day
)
select
    account_id,
    count(*) as days,
    cast(min(day) as timestamp) as since,
    cast(max(day) + 1 as timestamp) as until
from days
where events = 0
group by account_id
order by account_id
