-- Half of what was said of a fact can say something else: of which a record stays, all is needed.
insert into more
with staying as (
    select records.file_id, records.record
    from records
    anti join gone on gone.file_id = records.file_id and gone.record = records.record
)
select distinct issuing_calls.issuance_id as id
from issuing_calls
join staying on staying.file_id = issuing_calls.file_id and staying.record = issuing_calls.record
where issuing_calls.issuance_id not in (select id from needed)
union
select distinct identified_events.use_id as id
from identified_events
join staying on staying.file_id = identified_events.file_id and staying.record = identified_events.record
where identified_events.use_id not in (select id from needed)
    and coalesce(identified_events.event_category, '') <> 'NetworkActivity'
returning id
