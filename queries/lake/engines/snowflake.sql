-- The trail's files as a stage, and their records as texts. Put in your own bucket and storage integration.
-- A file is one VARIANT, whose largest size Snowflake sets: one that is larger is an error, not left out.
-- ALL OF THIS WAS ONLY PARSED. NONE OF IT HAS EVER BEEN RUN IN SNOWFLAKE. The facts rest on what its documentation
-- says of its functions. So before anything rests on them, make those of one day, and compare the counts that are
-- printed with a store's of the same records. trailtrace loads the records, and never these facts.
-- JSON is written anew by the engine: members may come in another order, which trailtrace does not mind, and large
-- or fractional numbers in another writing.
create stage trail
url = 's3://BUCKET/AWSLogs/'
storage_integration = TRAIL_BUCKET
file_format = (type = json);

create view record_texts as
select
    to_json(record.value) as record_text,
    regexp_substr(file.file_name, '/CloudTrail/[^/]+/([0-9]{4}/[0-9]{2}/[0-9]{2})/', 1, 1, 'e', 1) as day
from (
    select
        metadata$filename as file_name,
        $1 as document
    from @trail (pattern => '.*/CloudTrail/.*[.]json[.]gz')
) as file,
lateral flatten(input => file.document:Records) as record;
