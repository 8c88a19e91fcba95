-- Every record of an event id, with the use that made it. Of a record that only another account than
-- the caller's was told of, `copies` knows whose use it was, and by which rule.
select
    events.event_id,
    events.event_time,
    events.event_source,
    events.event_name,
    events.event_category,
    events.aws_region,
    events.account_id,
    events.recipient_account_id,
    events.error_code,
    events.resources,
    coalesce(copies.use_id, events.use_id) as use_id,
    copies.rule as copy_rule,
    form_grade(events.translated_from) as form_grade,
    bool_or(conflicts.event_id is not null) as conflicting,
    bool_or(files.integrity = 'failed') as failed_integrity
from identified_events as events
join files on files.file_id = events.file_id
left join copies on copies.file_id = events.file_id and copies.record = events.record
left join conflicts
    on conflicts.event_id = events.event_id
    and coalesce(conflicts.recipient_account_id, '') = coalesce(events.recipient_account_id, '')
where events.event_id = $target
group by all
order by events.event_time, events.recipient_account_id, use_id
