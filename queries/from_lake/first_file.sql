-- In the store: the least number of a file of which records came, and whether it was here before.
select
    coalesce(min(taken_places.file_id), 0) as file_id,
    coalesce(bool_or(not lake_files.is_new), false) as was_here
from taken_places
join lake_files on lake_files.own_file_id = taken_places.file_id
