-- Account × Region × day.
select account_id, aws_region as region, day, events, hours_with_events, longest_gap_hours, last_event, state
from coverage
order by account_id, region, day
