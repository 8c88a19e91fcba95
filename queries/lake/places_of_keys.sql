-- The days and accounts in whose records a call is signed by one of these keys.
select distinct day, account
from key_places
where access_key_id in (select unnest(cast($keys as varchar[])))
