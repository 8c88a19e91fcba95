-- Every call once. Leaves out what is only another account's or an endpoint owner's copy of a call
-- that the caller's own account recorded too: a copy does not know who called.
create or replace view calls as
select *
from events_with_origin
where coalesce(event_category, '') <> 'NetworkActivity'
    and not (
        coalesce(user_identity_type, '') = 'AWSAccount'
        and shared_event_id is not null
        and shared_event_id in (
            select records.shared_event_id
            from records
            join identities on identities.identity_id = records.identity_id
            where records.shared_event_id is not null
                and coalesce(identities.user_identity_type, '') <> 'AWSAccount'
                and coalesce(records.event_category, '') <> 'NetworkActivity'
        )
    );
