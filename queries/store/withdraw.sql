-- Takes a file's records out again.
delete from records where file_id = $file_id
