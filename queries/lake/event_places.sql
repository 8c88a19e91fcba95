-- In which account's records an event id is, by its first letters: so the table is small, and of the
-- few records that begin alike all are looked at.
create or replace temp table event_places as
select
    left(event_id, 8) as event_id_begin,
    strftime(event_time, '%Y-%m-%d') as day,
    strftime(event_time, '%Y-%m-%d') as on_day,  -- the other is in the names of folders alone
    recipient_account_id
from records
where event_id is not null
