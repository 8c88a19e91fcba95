-- What is held of each account: its span, its Regions, and its management events, read-only or not.
select
    recipient_account_id as account_id,
    min(event_time) as first_event,
    max(event_time) as last_event,
    list(distinct aws_region) filter (where aws_region is not null) as regions,
    count(*) filter (where management and read_only) as reads,
    count(*) filter (where management and not read_only) as writes,
    count(*) filter (where not management) as data_events
from (
    select
        *,
        coalesce(management_event, true) and coalesce(event_category, 'Management') = 'Management' as management
    from records
)
group by recipient_account_id
order by recipient_account_id
