-- What files that were read are called in a lake: `frame` (file_id, lake_file_id).
create or replace temp table numbered_files as
select * from frame
