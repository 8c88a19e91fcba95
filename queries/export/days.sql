-- The days that have events to export, and how many.
select cast(event_time as date) as day, count(*) as events
from records
where ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
    and ($accounts::varchar[] is null or list_contains($accounts, recipient_account_id))
group by day
order by day
