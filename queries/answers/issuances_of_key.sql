-- Issuances of a key that no use of that very key belongs to.
select links.issuance_id
from issuances
join links on links.use_id = issuances.issuance_id and links.issuance_id = issuances.issuance_id
where issuances.issued_key = $target
    and issuances.issuance_id in (select issuance_id from issued_keys where issued_key = $target)
    and links.rule = 'issued'
order by issuances.event_time, issuances.issuance_id
