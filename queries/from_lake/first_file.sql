-- In the store: the least number of a file of which records came, null if none did, and whether one was here
-- before.
select
    min(taken_places.file_id) as file_id,
    coalesce(bool_or(not lake_files.is_new), false) as was_here
from taken_places
join lake_files on lake_files.own_file_id = taken_places.file_id
