-- As `identified_events`, and with the number of the identity: who asks for the numbers of new records alone
-- reads few of the identities.
create or replace temp view new_calls as
select
    events.*,
    named_identities.* exclude (identity_id, authenticated_use_id, unauthenticated_use_id),
    coalesce(records_apart.authenticated, true) as authenticated,
    coalesce(records_apart.use_id, named_identities.authenticated_use_id) as use_id
from events
join named_identities on named_identities.identity_id = events.identity_id
left join records_apart
    on records_apart.file_id = events.file_id and records_apart.record = events.record
