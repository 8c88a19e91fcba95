-- In the store: the files of which records came.
select distinct file_id from taken_places
