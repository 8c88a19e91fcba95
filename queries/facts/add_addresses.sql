-- Addresses with what is known of them.
insert into addresses by name
select *
from frame
