-- Every source address of the store; which of them lie in a network is not for SQL to say.
select distinct source_ip_address
from records
where source_ip_address is not null
