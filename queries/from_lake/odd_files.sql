-- In the store: files of which more is here than the lake keeps of them.
select count(*) as files
from files
where pruned < 0
