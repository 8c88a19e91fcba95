-- What could not become an event, counted.
select problem, count(*) as records
from read_texts
where problem is not null
group by problem;

-- The facts as Parquet files.
create table trailtrace_uses
with (format = 'PARQUET', external_location = 's3a://BUCKET/trailtrace/uses/')
as select * from new_uses;

create table trailtrace_issuances
with (format = 'PARQUET', external_location = 's3a://BUCKET/trailtrace/issuances/')
as select * from issuances;
