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
    named.event_category,
    named.recipient_account_id,
    named.error_code,
    named.resources,
    coalesce(own.use_id, named.use_id) as use_id,
    bool_or(conflicts.event_id is not null) as conflicting
from named
left join identified_events as own
    on named.user_identity_type = 'AWSAccount'
    and own.shared_event_id = named.shared_event_id
    and own.event_name = named.event_name
    and own.user_identity_type <> 'AWSAccount'
    and own.principal_id = named.principal_id
    and own.account_id = named.account_id
left join conflicts
    on conflicts.event_id = named.event_id
    and coalesce(conflicts.recipient_account_id, '') = coalesce(named.recipient_account_id, '')
group by all
order by named.event_time, named.recipient_account_id, use_id
