-- Issuances of a key that no kept link ties to a use of that very key.
select issuance_id
from issuances
where issued_key = $target and not exists (
    select 1
    from links
    join uses on uses.use_id = links.use_id
    where links.issuance_id = issuances.issuance_id
        and links.grade <> 'none'
        and uses.access_key_id = issuances.issued_key
)
order by event_time, issuance_id
