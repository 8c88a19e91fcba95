-- How many records of each new file are in the store with their identity.
select records.file_id, count(*) as records
from records
join identities on identities.identity_id = records.identity_id
where records.file_id >= $first_file_id
group by records.file_id
