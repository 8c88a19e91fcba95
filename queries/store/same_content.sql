-- Records that say the same in another writing are duplicates after all.
update repeats
set copy = 2
where place in (select place from frame)
