-- The kept links of a use with their issuances.
select
    links.rule,
    links.grade,
    links.why,
    links.parent_use_id,
    links.parent_rule,
    links.parent_lived,
    issuances.*
from links
join issuances on issuances.issuance_id = links.issuance_id
where links.use_id = $use_id and links.grade <> 'none'
order by issuances.event_time, issuances.issuance_id, links.parent_use_id
