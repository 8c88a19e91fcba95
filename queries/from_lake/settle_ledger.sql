-- In the store: the ledger of the files that were looked through. What was taken and is not here said what
-- another record says; of what else the lake keeps, the rest stays there.
update files
set
    kept = counted.kept - counted.left_again,
    duplicate = counted.duplicate + counted.left_again,
    pruned = counted.kept - counted.left_again - counted.here
from (
    select
        lake_files.own_file_id,
        lake_files.kept,
        lake_files.duplicate,
        coalesce(gone.records, 0) as left_again,
        coalesce(held.records, 0) as here
    from lake_files
    left join (
        select file_id, count(*) as records
        from taken_places
        anti join records
            on records.file_id = taken_places.file_id and records.record = taken_places.record
        group by file_id
    ) as gone on gone.file_id = lake_files.own_file_id
    left join (
        select file_id, count(*) as records
        from records
        group by file_id
    ) as held on held.file_id = lake_files.own_file_id
    where lake_files.file_id in (from frame)
) as counted
where counted.own_file_id = files.file_id
