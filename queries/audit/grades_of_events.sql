-- How surely the events that show findings are whose they are.
select
    event_id,
    origin_kind as kind,
    coalesce(origin_id, origin_arn) as id,
    coalesce(origin_grade, 'none') as grade
from events_with_origin
where event_id in (select unnest($event_ids::varchar[]))
    and event_time between $first and $last
order by event_id, grade
