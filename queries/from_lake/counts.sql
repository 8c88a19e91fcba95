-- In the store: what became of the records of the files that came.
select
    count(*) as files,
    (select count(*) from lake_files where not is_new) as known_files,
    cast(coalesce(sum(files.read), 0) as bigint) as read,
    cast(coalesce(sum(files.kept), 0) as bigint) as kept,
    cast(coalesce(sum(files.duplicate), 0) as bigint) as duplicate,
    cast(coalesce(sum(files.not_events), 0) as bigint) as not_events
from files
join lake_files on lake_files.own_file_id = files.file_id and lake_files.is_new
