-- In the lake: the files of which records are wanted.
create or replace temp table wanted_files as
select file_id from frame
