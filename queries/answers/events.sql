-- Events with their origins, in no order; for frames that read what they need of it.
select *
from events_with_origin
where ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
    and ($accounts::varchar[] is null or list_contains($accounts, recipient_account_id))
