-- Issuances of a key that no use of that very key belongs to.
with unused as materialized (
    select issuance_id
    from links
    where use_id in (select issuance_id from issued_keys where issued_key = $target)
        and issuance_id = use_id
        and rule = 'issued'
)
select unused.issuance_id
from issuances
join unused on unused.issuance_id = issuances.issuance_id
order by issuances.event_time, issuances.issuance_id
