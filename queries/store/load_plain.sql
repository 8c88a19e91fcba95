-- Plain documents go straight into the store; the loader counts whether all of them arrived.
insert into events
select * exclude (problem, raw)
from normalised
where problem is null
