-- Incoming records that are no events.
select file_id, count(*) as records
from incoming
where problem = 'not_event'
group by file_id
