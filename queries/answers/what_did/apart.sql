-- Events that are not counted among a node's calls: `uncovered` ones bear its key and lie before its
-- issuance or after its end; `told` ones only another account recorded.
select
    node,
    count(distinct call_id) filter (where not told and not covered) as uncovered,
    count(distinct call_id) filter (where told) as told
from subject_events
group by node
having uncovered > 0 or told > 0
order by node
