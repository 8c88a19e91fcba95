-- What could not become an event, counted, and the facts.
select problem, count(*) as records
from read_texts
where problem is not null
group by problem;

-- The same counts of a store of these days' records show whether BigQuery has read them as trailtrace does:
--     trailtrace sql "select kind, count(*) from issuances group by all"
--     trailtrace sql "select user_identity_type, count(*) from uses group by all"
select 'issuances' as facts, kind, count(*) as times
from issuances
group by kind
union all
select 'uses', user_identity_type, count(*)
from new_uses
group by user_identity_type;

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
