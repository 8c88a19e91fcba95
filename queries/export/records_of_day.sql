-- The records of one day as CloudTrail writes them, by time.
select cloudtrail_record
from cloudtrail_records
where event_time >= $day and event_time < $day + interval 1 day
    and ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
    and ($accounts::varchar[] is null or list_contains($accounts, recipient_account_id))
order by event_time, file_id, record
