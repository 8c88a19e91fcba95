-- How many records of the window each account has, by Region and day.
select account_id, region, day, cast(sum(calls) as bigint) as events
from window_calls
group by account_id, region, day
