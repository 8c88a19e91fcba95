-- The trail's files, read by s3(), and their records as texts. Put in your own bucket. What s3() reads
-- here, file() reads in the tests, which run this in chDB.
set
    join_use_nulls = 1,
    prefer_column_name_to_alias = 1,
    enable_named_columns_in_function_tuple = 1,
    function_json_value_return_type_allow_nullable = 1,
    function_json_value_return_type_allow_complex = 1,
    session_timezone = 'UTC';

create view record_texts as
select
    arrayJoin(JSONExtractArrayRaw(document, 'Records')) as record_text,
    extract(_path, '/CloudTrail/[^/]+/([0-9]{4}/[0-9]{2}/[0-9]{2})/') as day
from s3('https://BUCKET.s3.amazonaws.com/AWSLogs/**/CloudTrail/**/*.json.gz', 'JSONAsString', 'document String');
