-- In the store: the files that came, by how their records were wrapped.
select container, count(*) as files
from lake_files
where is_new
group by container
order by container
