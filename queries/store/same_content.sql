-- Records that say the same in another writing are duplicates after all.
update repeats
set copy = 2
where (file_id, record) in (select (file_id, record) from frame)
