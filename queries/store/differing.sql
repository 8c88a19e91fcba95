-- Records that share event id and account and differ as text.
with differing as (
    select event_id, recipient_account_id
    from repeats
    where event_id is not null and copy = 1
    group by event_id, recipient_account_id
    having count(*) > 1
)
select events.* exclude (identity_id)
from events
join differing
    on differing.event_id = events.event_id
    and coalesce(differing.recipient_account_id, '') = coalesce(events.recipient_account_id, '')
where (events.file_id, events.record) in (select (file_id, record) from repeats where copy = 1)
    and events.file_id in (select file_id from repeats)  -- so that no other file's columns are read
order by events.file_id, events.record
