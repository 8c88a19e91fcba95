-- What is an event after its second look.
insert into events
select * exclude (problem, raw)
from incoming
where problem is null
order by event_time
