-- The least number of an identity of new records.
select coalesce(min(identity_id), 0) as identity_id
from records
where file_id >= $first_file_id
