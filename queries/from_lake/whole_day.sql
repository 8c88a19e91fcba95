-- In a day of the lake: where all records are that are wanted.
create or replace temp table taken as
select file_id, record
from records
where file_id in (from wanted_files)
