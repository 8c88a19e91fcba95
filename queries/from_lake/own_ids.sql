-- In the store: the event ids of a day that records have which are not of the lake.
select distinct event_id
from records
where event_time >= $day
    and event_time < $day + interval 1 day
    and event_id is not null
    and file_id not in (select own_file_id from lake_files)
