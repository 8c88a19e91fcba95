-- How surely the events that show findings are whose they are.
with shown as materialized (
    -- Found first: the view joins all that it is asked for.
    select event_time, file_id, record
    from records
    where event_id in (select unnest($event_ids::varchar[])) and event_time between $first and $last
)
select
    events_with_origin.event_id,
    events_with_origin.origin_kind as kind,
    coalesce(events_with_origin.origin_id, events_with_origin.origin_arn) as id,
    coalesce(events_with_origin.origin_grade, 'none') as grade
from shown
join events_with_origin
    on events_with_origin.event_time = shown.event_time
    and events_with_origin.file_id = shown.file_id
    and events_with_origin.record = shown.record
order by event_id, grade
