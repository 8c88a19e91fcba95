-- The records that were read, with the day they lie in; the identities of a day have names that no other day's have.
select
    strftime(records.event_time, '%Y-%m-%d') as day,
    records.* exclude (identity_id, file_id, record),
    strftime(records.event_time, '%Y-%m-%d') || '/' || identity_contents.content as identity_id,
    numbered_files.lake_file_id as file_id,
    records.record
from records
join identity_contents on identity_contents.identity_id = records.identity_id
join numbered_files on numbered_files.file_id = records.file_id
