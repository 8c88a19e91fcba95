-- The events of one day with their origins, where they lie, and the record itself, by account and time.
-- Both sides of the join are told the time, for neither is narrowed by the other.
select
    events_with_origin.* exclude (file_id, record),
    files.uri as source,
    files.sha256 as source_sha256,
    events_with_origin.record,
    cloudtrail_records.cloudtrail_record
from events_with_origin
join cloudtrail_records
    on cloudtrail_records.file_id = events_with_origin.file_id
    and cloudtrail_records.record = events_with_origin.record
join files on files.file_id = events_with_origin.file_id
where events_with_origin.event_time >= $day and events_with_origin.event_time < $day + interval 1 day
    and cloudtrail_records.event_time >= $day and cloudtrail_records.event_time < $day + interval 1 day
    and ($since::timestamp is null or events_with_origin.event_time >= $since)
    and ($until::timestamp is null or events_with_origin.event_time < $until)
    and ($since::timestamp is null or cloudtrail_records.event_time >= $since)
    and ($until::timestamp is null or cloudtrail_records.event_time < $until)
    and (
        $accounts::varchar[] is null
        or list_contains($accounts, events_with_origin.recipient_account_id)
    )
order by
    events_with_origin.recipient_account_id,
    events_with_origin.event_time,
    events_with_origin.file_id,
    events_with_origin.record
