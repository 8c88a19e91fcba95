-- One event for each credential whose chain a removed log breaks.
select
    event_id,
    recipient_account_id,
    kind,
    origin_stop,
    verdict,
    removed,
    removed[1].why as removed_why
from verdicts
where view <> 'network_activity_copy' and not answerable and len(removed) > 0 and verdict not in ('right', 'coarser')
qualify row_number() over (partition by credential order by event_time, event_id) = 1
order by hash(event_id)
limit $limit
