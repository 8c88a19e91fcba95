-- In the store: the records of the lake's files that stay there, of all that were kept.
select cast(coalesce(sum(files.pruned), 0) as bigint) as records
from files
join lake_files on lake_files.own_file_id = files.file_id
