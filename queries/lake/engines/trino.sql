-- The trail's files as a table of lines, one a file, and their records as texts. Put in your own bucket; the Hive
-- connector needs hive.recursive-directories=true. "$path" tells account, Region and day.
-- All of this was parsed alone, and never run here. The functions of the facts were run with odd texts in
-- Velox, which has the same functions; what docs/lake.md tells of them is their definition.
-- Facts have microseconds: hive.timestamp-precision=MICROSECONDS, or tables of another connector.
create table trail (line varchar)
with (format = 'TEXTFILE', external_location = 's3a://BUCKET/AWSLogs/');

create view record_texts as
select
    json_format(record) as record_text,
    regexp_extract("$path", '/([0-9]{12})/CloudTrail/', 1) as account,
    regexp_extract("$path", '/CloudTrail/([^/]+)/', 1) as region,
    regexp_extract("$path", '/CloudTrail/[^/]+/([0-9]{4}/[0-9]{2}/[0-9]{2})/', 1) as day
from trail
cross join unnest(cast(json_extract(json_parse(line), '$.Records') as array(json))) as records (record)
where "$path" like '%/CloudTrail/%';
