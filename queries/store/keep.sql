-- What is an event after its second look.
insert into records
select * exclude (problem, raw)
from incoming
where problem is null
order by event_time
