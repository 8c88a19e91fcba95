-- Records of documents that are not plain.
create or replace temp table incoming as
select *, cast(null as varchar) as problem, cast(null as varchar) as raw
from events
limit 0
