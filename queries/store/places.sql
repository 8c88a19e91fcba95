-- Where the events are that share event id and account with another, one of them new, or have no event id.
create or replace temp table places as
with shared_ids as (
    select event_id, account
    from new_ids
    where events > 1
    union
    select event_id, account
    from older_with_new_ids
)
select file_id, record
from older_with_new_ids
union all
select records.file_id, records.record
from records
join shared_ids
    on shared_ids.event_id = records.event_id
    and shared_ids.account = coalesce(records.recipient_account_id, '')
where records.file_id >= $first_file_id
union all
select file_id, record
from records
where event_id is null
