-- Issuances of a key.
select issuance_id
from issued_keys
where issued_key = $target
order by issuance_id
