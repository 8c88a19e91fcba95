-- Records that are not plain.
create or replace temp table incoming as
select *, cast(null as varchar) as problem, cast(null as varchar) as raw
from records
limit 0
