-- In the store: the lake's files that are not here, or not with all their records.
select file_id from lake_files where is_new or is_partly_here
