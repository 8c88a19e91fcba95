-- Takes a file's events out again.
delete from events where file_id = $file_id
