-- What became of the incoming records of each file.
select
    file_id,
    count(*) filter (where problem is null and coalesce(copy, 1) = 1) as kept,
    count(*) filter (where problem is null and copy > 1) as duplicate,
    count(*) filter (where problem = 'not_event') as not_events
from incoming
left join repeats on side = 1 and place = incoming.rowid
group by file_id
order by file_id
