-- The files that were read and their ledgers.
select
    '' as day,
    numbered_files.lake_file_id as file_id,
    files.* exclude (file_id)
from files
join numbered_files on numbered_files.file_id = files.file_id
