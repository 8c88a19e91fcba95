-- The trail's files as texts, and their records as texts. Put in your own bucket.
-- Parsed only; the facts are those for Spark, and have been run there. AWSLogs/o-…/*/CloudTrail/ if an organisation's. Times are UTC.
set time zone 'UTC';

create or replace temporary view record_texts as
select
    explode(from_json(document, 'Records array<string>', map('mode', 'FAILFAST')).Records) as record_text,
    regexp_extract(path, '/CloudTrail/[^/]+/([0-9]{4}/[0-9]{2}/[0-9]{2})/', 1) as day
from (
    select value as document, _metadata.file_path as path
    from read_files('s3://BUCKET/AWSLogs/*/CloudTrail/', format => 'text', wholeText => true)
);
