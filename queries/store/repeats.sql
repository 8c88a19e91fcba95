-- Every incoming record that shares event id and account with another record (loaded or incoming),
-- or has no event id: `copy` 1 is the first of its content, higher ones are exact duplicates.
create or replace temp table repeats as
with shared_ids as (
    select event_id, recipient_account_id
    from incoming
    where problem is null and event_id is not null
    group by event_id, recipient_account_id
    having count(*) > 1
    union
    select incoming.event_id, incoming.recipient_account_id
    from incoming
    join events
        on events.event_id = incoming.event_id
        and events.recipient_account_id is not distinct from incoming.recipient_account_id
    where incoming.problem is null
),
candidates as (
    select 1 as side, incoming.rowid as place, incoming.* exclude (problem, raw)
    from incoming
    where problem is null and (
        event_id is null
        or (event_id, coalesce(recipient_account_id, '')) in (
            select (event_id, coalesce(recipient_account_id, '')) from shared_ids
        )
    )
    union all
    select 0 as side, cast(null as bigint) as place, events.*
    from events
    where (event_id, coalesce(recipient_account_id, '')) in (
        select (event_id, coalesce(recipient_account_id, '')) from shared_ids
    )
    or (event_id is null and exists (select 1 from incoming where problem is null and event_id is null))
)
select
    side,
    place,
    event_id,
    recipient_account_id,
    row_number() over (
        partition by row(*columns(* exclude (side, place, file_id, record)))
        order by side, file_id, record
    ) as copy
from candidates
