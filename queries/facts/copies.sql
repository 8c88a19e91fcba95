-- L15: the records in which another account was told of a call, with the use that made it by the
-- caller's own record of the same call. Anew for the calls of which there are new records.
delete from copies
where rule = 'L15' and (file_id, record) in (
    select (file_id, record) from records where shared_event_id in (from shared_again)
);

insert into copies
with calls as materialized (
    select
        shared_event_id,
        event_name,
        event_source,
        user_identity_type,
        account_id,
        principal_id,
        recipient_account_id,
        authenticated,
        use_id,
        file_id,
        record
    from identified_events
    where shared_event_id in (from shared_again)
)
select
    told.file_id,
    told.record,
    min(own.use_id) as use_id,
    'L15' as rule
from calls as told
join calls as own
    on own.shared_event_id = told.shared_event_id
    and own.event_name = told.event_name
    and own.event_source = told.event_source
    and own.account_id = told.account_id
    and (told.principal_id is null or own.principal_id = told.principal_id)
where told.user_identity_type = 'AWSAccount'
    and own.authenticated
    and own.user_identity_type <> 'AWSAccount'
    and own.recipient_account_id = own.account_id
group by told.file_id, told.record
having count(distinct own.use_id) = 1
