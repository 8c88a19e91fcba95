-- Exact duplicates leave; the first of each content stays.
delete from events
where rowid in (select place from repeats where copy > 1)
returning file_id
