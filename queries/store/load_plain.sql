-- Plain records go straight into the store; the loader counts whether all of them arrived.
insert into records
select * exclude (problem, raw)
from normalised
where problem is null
