-- Incoming events that are no duplicates, in time order so that a time window prunes on disk.
insert into events
select * exclude (problem, raw)
from incoming
where problem is null
    and rowid not in (select place from repeats where side = 1 and copy > 1)
order by event_time
