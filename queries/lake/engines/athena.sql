-- The trail's files as a table of lines, one a file, and their records as texts. Put in your own bucket, accounts and Regions.
-- An organisation's trail has its o-… behind AWSLogs/. Times of delivery are partitions: ask for the days you need.
-- All of this was parsed alone, and never run here. The functions of the facts were run with odd texts in
-- Velox, which has the same functions; what docs/lake.md tells of them is their definition.
-- Athena runs one statement at a time. Tables of facts are Iceberg's, since others keep no microseconds.
create external table trail (line string)
partitioned by (account string, region string, day string)
row format delimited fields terminated by '\001'
stored as textfile
location 's3://BUCKET/AWSLogs/'
tblproperties (
    'projection.enabled' = 'true',
    'projection.account.type' = 'enum',
    'projection.account.values' = '111111111111,222222222222',
    'projection.region.type' = 'enum',
    'projection.region.values' = 'us-east-1,eu-west-1',
    'projection.day.type' = 'date',
    'projection.day.format' = 'yyyy/MM/dd',
    'projection.day.range' = '2020/01/01,NOW',
    'projection.day.interval' = '1',
    'projection.day.interval.unit' = 'DAYS',
    'storage.location.template' = 's3://BUCKET/AWSLogs/${account}/CloudTrail/${region}/${day}'
);

create view record_texts as
select
    json_format(record) as record_text,
    account,
    region,
    day
from trail
cross join unnest(cast(json_extract(json_parse(line), '$.Records') as array(json))) as records (record);
