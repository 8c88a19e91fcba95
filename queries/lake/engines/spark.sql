-- The trail's files as texts, and their records as texts. Put in your own bucket:
-- an organisation's trail has AWSLogs/o-…/*/CloudTrail/. The tests run this on local files. Times are UTC.
set spark.sql.session.timeZone = UTC;

create or replace temporary view trail
using text
options (path 's3a://BUCKET/AWSLogs/*/CloudTrail/', wholetext 'true', recursiveFileLookup 'true');

create or replace temporary view record_texts as
select
    explode(from_json(document, 'Records array<string>', map('mode', 'FAILFAST')).Records) as record_text,
    regexp_extract(path, '/CloudTrail/[^/]+/([0-9]{4}/[0-9]{2}/[0-9]{2})/', 1) as day
from (
    select value as document, input_file_name() as path
    from trail
);
