-- In the store: the lake's files that are not here.
select file_id from lake_files where is_new
