-- How many records of a use lie in files that failed verification, and in which.
select
    count(*) as events,
    count(distinct files.file_id) as files,
    min(files.uri) as uri,
    (select sum(event_count) from uses where use_id = $use_id) as of_events
from records_apart
join files on files.file_id = records_apart.file_id and files.integrity = 'failed'
where records_apart.use_id = $use_id
