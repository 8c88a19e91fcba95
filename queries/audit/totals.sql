-- The window in numbers.
select
    (select cast(coalesce(sum(calls), 0) as bigint) from window_calls) as events,
    cast(coalesce(sum(calls), 0) as bigint) as calls,
    cast(coalesce(sum(writes), 0) as bigint) as writes,
    cast(coalesce(sum(denied), 0) as bigint) as denied,
    cast(coalesce(sum(calls) filter (where grade in ('proof', 'strong')), 0) as bigint) as attributed,
    cast(coalesce(sum(calls) filter (where kind = 'unknown'), 0) as bigint) as unresolved,
    count(distinct {'kind': kind, 'id': id}) filter (where id is not null) as origins,
    count(distinct use_id) as credentials,
    (select count(distinct account_id) from window_calls) as accounts,
    (select count(distinct region) from window_calls) as regions,
    (
        select count(*)
        from issuances
        where role_arn is not null
            and ($since::timestamp is null or event_time >= $since)
            and ($until::timestamp is null or event_time < $until)
    ) as role_sessions,
    (select min(first_seen) from window_calls) as first_event,
    (select max(last_seen) from window_calls) as last_event
from attributed_calls
