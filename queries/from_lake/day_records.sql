-- In a day of the lake: the records that are taken, in the order of their time.
select records.* replace (substring(identity_id, 12) as identity_id)
from records
semi join taken on taken.file_id = records.file_id and taken.record = records.record
order by event_time
