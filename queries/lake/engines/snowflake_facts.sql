-- What could not become an event, counted, and the facts. `evidence` is a list in JSON, columns have capitals.
select problem, count(*) as records
from read_texts
where problem is not null
group by problem;

copy into 's3://BUCKET/trailtrace/uses/'
from (select * from new_uses)
storage_integration = TRAIL_BUCKET
file_format = (type = parquet)
header = true;

copy into 's3://BUCKET/trailtrace/issuances/'
from (select * from issuances)
storage_integration = TRAIL_BUCKET
file_format = (type = parquet)
header = true;
