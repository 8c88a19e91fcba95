-- What the store spans.
select
    count(distinct recipient_account_id) as accounts,
    count(distinct aws_region) as regions,
    min(event_time) as first_event,
    max(event_time) as last_event,
    (select count(*) from conflicts) as conflicts
from records
