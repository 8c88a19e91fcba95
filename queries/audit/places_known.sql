-- Whether the place of any address is known.
select count(*) > 0 as known
from addresses
where latitude is not null
