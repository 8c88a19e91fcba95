-- What the store holds, for an answer that found nothing.
select
    count(*) as events,
    count(distinct recipient_account_id) as accounts,
    min(event_time) as first_event,
    max(event_time) as last_event
from events
