-- L15: the records in which another account was told of a call, with the use that made it by the
-- caller's own record of the same call.
insert into copies
select
    told.file_id,
    told.record,
    min(own.use_id) as use_id,
    'L15' as rule
from identified_events as told
join identified_events as own
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
