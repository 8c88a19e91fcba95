-- In the store: the records that could not become events, of the files that came.
select reason, count(*) as records
from rejects
join lake_files on lake_files.own_file_id = rejects.file_id and lake_files.is_new
group by reason
order by reason
