-- What could not become an event, counted. The facts are Parquet files already, those of the
-- tables new_uses and issuances in s3://BUCKET/trailtrace/tables/.
select problem, count(*) as records
from read_texts
where problem is not null
group by problem;
