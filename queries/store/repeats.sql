-- Events of new files that share event id and account with another event, or have no event id:
-- `copy` 1 is the first of its content, higher ones are exact duplicates.
create or replace temp table repeats as
with new_events as (
    select event_id, recipient_account_id
    from records
    where file_id >= $first_file_id and event_id is not null
),
shared_ids as (
    select event_id, recipient_account_id
    from new_events
    group by event_id, recipient_account_id
    having count(*) > 1
    union
    select new_events.event_id, new_events.recipient_account_id
    from new_events
    join records
        on records.event_id = new_events.event_id
        and coalesce(records.recipient_account_id, '') = coalesce(new_events.recipient_account_id, '')
    where records.file_id < $first_file_id
),
candidates as (
    select events.*
    from events
    join shared_ids
        on shared_ids.event_id = events.event_id
        and coalesce(shared_ids.recipient_account_id, '') = coalesce(events.recipient_account_id, '')
    union all
    select events.*
    from events
    where event_id is null
)
select
    file_id,
    record,
    event_id,
    recipient_account_id,
    row_number() over (
        partition by row(*columns(* exclude (identity_id, file_id, record)))
        order by file_id, record
    ) as copy
from candidates
