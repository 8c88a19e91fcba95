-- Issuances of a key that no use of that very key belongs to.
select links.issuance_id
from links
join issuances on issuances.issuance_id = links.issuance_id
where issuances.issued_key = $target and links.rule = 'issued'
order by issuances.event_time, issuances.issuance_id
