-- The records of older files that share event id and account with one of a new file.
create or replace temp table older_with_new_ids as
select records.file_id, records.record, new_ids.event_id, new_ids.account
from records
join new_ids
    on new_ids.event_id = records.event_id
    and new_ids.account = coalesce(records.recipient_account_id, '')
where records.file_id < $first_file_id
