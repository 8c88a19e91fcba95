-- In the lake: the days of the files that are wanted.
select distinct day
from arrivals
where file_id in (from wanted_files)
order by day
