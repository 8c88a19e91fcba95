-- In the store: days of which files from this one on brought records, although the rest of what was said
-- then is in a lake: none of them can be told from a copy or a contradiction of that.
select distinct day
from records
join lake_days on lake_days.day = cast(records.event_time as date)
where file_id >= $first_file_id and not whole
order by day
