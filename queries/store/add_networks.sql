-- The networks of one list.
insert into networks (list, cidr, name, aws_region)
select list, cidr, name, aws_region
from frame
