-- In the store: the records of a day that are not here.
create or replace temp table day_records as
select frame.* replace (
    taken_identities.identity_id as identity_id,
    lake_files.own_file_id as file_id
)
from frame
join taken_identities on taken_identities.content = frame.identity_id
join lake_files on lake_files.file_id = frame.file_id;

insert into taken_places
select file_id, record from day_records;

insert into records by name
from day_records
anti join records on records.file_id = day_records.file_id and records.record = day_records.record
order by event_time;

drop table day_records
