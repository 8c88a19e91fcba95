-- Every record of an event id, with the use that made it. Of a call that two accounts recorded
-- (L15), the caller's own copy tells who called.
with named as (
    select *
    from identified_events
    where event_id = $target
)
select
    named.event_id,
    named.event_time,
    named.event_source,
    named.event_name,
    named.recipient_account_id,
    named.error_code,
    named.resources,
    coalesce(min(own.use_id), min(named.use_id)) as use_id
from named
left join identified_events as own
    on named.user_identity_type = 'AWSAccount'
    and own.shared_event_id = named.shared_event_id
    and own.event_name = named.event_name
    and own.user_identity_type <> 'AWSAccount'
    and own.principal_id is not distinct from named.principal_id
group by all
order by named.event_time, named.recipient_account_id, named.event_id
