-- What could not become an event, counted, and the facts.
select problem, count(*) as records
from read_texts
where problem is not null
group by problem;

export data
with connection `aws-us-east-1.trail_bucket`
options (uri = 's3://BUCKET/trailtrace/uses/*', format = 'PARQUET')
as
select *
from new_uses;

export data
with connection `aws-us-east-1.trail_bucket`
options (uri = 's3://BUCKET/trailtrace/issuances/*', format = 'PARQUET')
as
select *
from issuances;
