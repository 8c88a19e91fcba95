-- In the store: files of which some records stay in a lake, but not in this one as it is.
select count(*) as files
from files
where pruned > 0 and file_id not in (select own_file_id from lake_files)
