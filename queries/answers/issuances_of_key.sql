-- Of some issuances those that no use of their very key belongs to.
select links.issuance_id
from links
join issuances on issuances.issuance_id = links.issuance_id
where links.use_id in (select unnest($issuance_ids))
    and issuances.issuance_id in (select unnest($issuance_ids))
    and links.issuance_id = links.use_id
    and links.rule = 'issued'
order by issuances.event_time, issuances.issuance_id
