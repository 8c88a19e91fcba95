-- The kept links of some uses with their issuances.
select
    links.use_id,
    links.rule,
    links.grade,
    links.why,
    links.parent_use_id,
    links.parent_rule,
    links.parent_lived,
    issuances.*
from links
join issuances on issuances.issuance_id = links.issuance_id
where links.use_id in (select unnest($use_ids)) and links.grade <> 'none'
order by links.use_id, issuances.event_time, issuances.issuance_id, links.parent_use_id
