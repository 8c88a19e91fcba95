-- Where the chains of some uses end.
select use_id, kind, id, arn, account_id, name, grade, stop, hops, covers_from, covers_until
from origins
where use_id in (select unnest($use_ids))
order by use_id
