-- The issuances that new records tell of, or whose records they may contradict.
create or replace temp table issued_again as
select issuance_id
from issuing_calls
where file_id >= $first_file_id
union
select issuance_id
from issuing_calls
where event_id in (select event_id from conflicts)
    and event_id in (select event_id from records where file_id >= $first_file_id)
