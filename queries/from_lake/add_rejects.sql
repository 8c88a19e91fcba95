-- In the store: what of the new files could not become an event.
insert into rejects by name
select lake_files.own_file_id as file_id, frame.* exclude (file_id)
from frame
join lake_files on lake_files.file_id = frame.file_id
where lake_files.is_new
