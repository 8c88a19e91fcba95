-- Account × Region × day, for every day between the first and the last event of the store: what is
-- there and the longest run of whole hours without an event. A silent hour may be quiet or missing.
-- Of days before which the store was pruned, single records may still be here.
-- After a year without any event days are no longer counted out: one false time may lie far away.
create or replace view coverage as
with hourly as (
    select
        recipient_account_id,
        aws_region,
        date_trunc('hour', event_time) as hour,
        count(*) as events,
        min(event_time) as first_event,
        max(event_time) as last_event
    from records
    group by recipient_account_id, aws_region, hour
),
spaced as (
    select
        *,
        cast(hour as date) as day,
        extract(hour from hour) - coalesce(
            lag(extract(hour from hour)) over (
                partition by recipient_account_id, aws_region, cast(hour as date)
                order by hour
            ),
            -1
        ) - 1 as silent_before
    from hourly
),
daily as (
    select
        recipient_account_id,
        aws_region,
        day,
        cast(sum(events) as bigint) as events,
        count(*) as hours_with_events,
        greatest(max(silent_before), 23 - max(extract(hour from hour))) as longest_gap_hours,
        min(first_event) as first_event,
        max(last_event) as last_event
    from spaced
    group by recipient_account_id, aws_region, day
),
places as (
    select recipient_account_id, aws_region, min(day) as first_day, max(day) as last_day
    from daily
    group by recipient_account_id, aws_region
),
busy as (
    select day, lead(day, 1, day + 1) over (order by day) as next_day
    from (select distinct day from daily)
),
days as (
    select cast(unnest(generate_series(
        cast(day as timestamp), cast(least(next_day - 1, day + 366) as timestamp), interval 1 day
    )) as date) as day
    from busy
)
select
    places.recipient_account_id as account_id,
    places.aws_region,
    days.day,
    coalesce(daily.events, 0) as events,
    coalesce(daily.hours_with_events, 0) as hours_with_events,
    coalesce(daily.longest_gap_hours, 24) as longest_gap_hours,
    daily.first_event,
    daily.last_event,
    case
        when days.day < (select max(before) from prunes) then 'pruned'
        when days.day in (select day from lake_days where not whole) then 'pruned'
        when daily.events is not null then 'events'
        when days.day between places.first_day and places.last_day then 'gap'
        when days.day < places.first_day then 'before'
        else 'after'
    end as state,
    accounts.name as account_name
from places
cross join days
left join daily
    on daily.recipient_account_id is not distinct from places.recipient_account_id
    and daily.aws_region is not distinct from places.aws_region
    and daily.day = days.day
left join accounts on accounts.account_id = places.recipient_account_id;
