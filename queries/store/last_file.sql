-- The highest file number in use.
select coalesce(max(file_id), 0) as file_id
from files
