-- Records before `before` that chains still need.
select count(*) as records
from records
where event_time < $before
