-- Accounts of which the window holds no record, with their last event before it and their first one after.
select
    records.recipient_account_id as account_id,
    max(records.event_time) filter (where records.event_time < $since) as last_before,
    min(records.event_time) filter (where records.event_time >= $until) as first_after
from records
anti join window_calls on window_calls.account_id is not distinct from records.recipient_account_id
group by records.recipient_account_id
order by account_id
