-- The trail's files as a table of lines, one a file, and their records as texts. Put in your own bucket and
-- connection: BigQuery Omni reads S3 where it lies. All tables are made in the data set `logs`.
-- This and what brings records were parsed alone. The facts gave a store's in the reference implementation of
-- GoogleSQL, BigQuery's language; in BigQuery itself they have never been run.
set @@dataset_id = 'logs';

create external table logs.trail (line string)
with connection `aws-us-east-1.trail_bucket`
options (
    format = 'CSV',
    field_delimiter = '\x01',
    quote = '',
    compression = 'GZIP',
    uris = ['s3://BUCKET/AWSLogs/*']
);

create view logs.record_texts as
select
    to_json_string(record) as record_text,
    regexp_extract(_file_name, '/CloudTrail/[^/]+/([0-9]{4}/[0-9]{2}/[0-9]{2})/') as day
from logs.trail
cross join unnest(json_query_array(parse_json(line), '$.Records')) as record
where contains_substr(_file_name, '/CloudTrail/');
