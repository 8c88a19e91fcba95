-- How many records of some uses lie in files that failed verification, and in which.
select
    count(*) as events,
    count(distinct files.file_id) as files,
    min(files.uri) as uri,
    (
        select cast(coalesce(sum(event_count), 0) as bigint)
        from uses
        where use_id in (select unnest($use_ids))
    ) as of_events
from records_apart
join files on files.file_id = records_apart.file_id and files.integrity = 'failed'
where records_apart.use_id in (select unnest($use_ids))
