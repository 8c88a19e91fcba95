-- Exact duplicates leave; the first of each content stays.
delete from records
where (file_id, record) in (select (file_id, record) from repeats where copy > 1)
returning file_id
