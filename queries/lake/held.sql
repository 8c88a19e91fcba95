-- The view `held`, from that of each day.
create or replace temp table held as
select
    recipient_account_id,
    aws_region,
    management,
    read_only,
    min(first_event) as first_event,
    max(last_event) as last_event,
    cast(sum(events) as bigint) as events
from held_by_day
group by recipient_account_id, aws_region, management, read_only
