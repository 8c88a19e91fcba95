-- The uses that made the calls which some uses may come from.
select distinct parent_use_id as use_id
from links
where use_id in (select unnest($use_ids)) and grade <> 'none' and parent_use_id is not null
order by use_id
