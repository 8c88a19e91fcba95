-- The view `held` of each day.
create or replace temp table held_by_day as
select
    strftime(event_time, '%Y-%m-%d') as day,
    recipient_account_id,
    aws_region,
    is_management(management_event, event_category) as management,
    read_only,
    min(event_time) as first_event,
    max(event_time) as last_event,
    count(*) as events
from records
group by
    strftime(event_time, '%Y-%m-%d'),
    recipient_account_id,
    aws_region,
    is_management(management_event, event_category),
    read_only
