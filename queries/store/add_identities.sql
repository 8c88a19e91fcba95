-- The identities that can stand beside records.
insert into identities
select * exclude (problem)
from read_identities
where problem is null
