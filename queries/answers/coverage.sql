-- What the store holds, for an answer that found nothing.
select
    cast(coalesce(sum(events), 0) as bigint) as events,
    count(distinct recipient_account_id) as accounts,
    min(first_event) as first_event,
    max(last_event) as last_event
from held
