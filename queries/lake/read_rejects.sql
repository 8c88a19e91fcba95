-- What could not become an event.
select
    '' as day,
    numbered_files.lake_file_id as file_id,
    rejects.* exclude (file_id)
from rejects
join numbered_files on numbered_files.file_id = rejects.file_id
