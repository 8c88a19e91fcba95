-- The identities that can stand beside records.
insert into identities by name
select * exclude (problem)
from read_identities
where problem is null
