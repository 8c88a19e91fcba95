-- The event ids of new files, by account, and how often each is there. A table, so that the plan of what
-- follows knows how few they are.
create or replace temp table new_ids as
select event_id, coalesce(recipient_account_id, '') as account, count(*) as events
from records
where file_id >= $first_file_id and event_id is not null
group by event_id, coalesce(recipient_account_id, '')
