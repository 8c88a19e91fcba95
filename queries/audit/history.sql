-- From when on the store holds what was before the window; later than its begin, or null: it does not.
select greatest(min(event_time), (select max(before) from prunes)) as history_from
from records
where event_time < $since::timestamp
