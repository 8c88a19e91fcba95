-- What could not become an event, counted, and the facts.
select problem, count(*) as records
from read_texts
where problem is not null
group by problem;

create table trailtrace_uses
using parquet
location 's3a://BUCKET/trailtrace/uses/'
as select * from new_uses;

create table trailtrace_issuances
using parquet
location 's3a://BUCKET/trailtrace/issuances/'
as select * from issuances;
