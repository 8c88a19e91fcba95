-- L15: the records in which another account was told of a call, with the use that made it by the
-- caller's own record of the same call. Anew for the calls of which there are new records.
create or replace temp table shared_places as
select file_id, record
from records
where shared_event_id in (from shared_again);

delete from copies
where rule = 'L15' and (file_id, record) in (select (file_id, record) from shared_places);

insert into copies by name
with told as materialized (
    select
        event_time,
        shared_event_id,
        event_name,
        event_source,
        account_id,
        principal_id,
        form_grade(translated_from) as form,
        file_id,
        record
    from identified_events
    semi join shared_places
        on shared_places.file_id = identified_events.file_id
        and shared_places.record = identified_events.record
    where user_identity_type = 'AWSAccount'
        and file_id in (select file_id from shared_places)  -- so that no other file's columns are read
),
own as materialized (
    select
        shared_event_id,
        event_name,
        event_source,
        account_id,
        principal_id,
        form_grade(translated_from) as form,
        use_id
    from identified_events
    semi join shared_places
        on shared_places.file_id = identified_events.file_id
        and shared_places.record = identified_events.record
    where file_id in (select file_id from shared_places)
        and shared_event_id in (select shared_event_id from told)
        and authenticated
        and user_identity_type <> 'AWSAccount'
        and recipient_account_id = account_id
)
select
    told.event_time,
    told.file_id,
    told.record,
    min(own.use_id) as use_id,
    'L15' as rule
from told
join own
    on own.shared_event_id = told.shared_event_id
    and own.event_name = told.event_name
    and own.event_source = told.event_source
    and own.account_id = told.account_id
    and (told.principal_id is null or own.principal_id = told.principal_id)
    and own.form >= told.form  -- a translation lends nothing to what CloudTrail itself wrote
group by told.event_time, told.file_id, told.record
having count(distinct own.use_id) = 1
