-- Networks of these lists; of databases there are none.
select list, cidr, name, aws_region
from networks
order by list, cidr, name, aws_region
