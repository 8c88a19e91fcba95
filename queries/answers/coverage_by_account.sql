-- What is held of each account: its span, its Regions, and its management events, read-only or not.
select
    recipient_account_id as account_id,
    min(first_event) as first_event,
    max(last_event) as last_event,
    list(distinct aws_region) filter (where aws_region is not null) as regions,
    cast(coalesce(sum(events) filter (where management and read_only), 0) as bigint) as reads,
    cast(coalesce(sum(events) filter (where management and not read_only), 0) as bigint) as writes,
    cast(coalesce(sum(events) filter (where not management), 0) as bigint) as data_events
from held
group by recipient_account_id
order by recipient_account_id
