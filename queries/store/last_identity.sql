-- The highest identity number in use.
select coalesce(max(identity_id), 0) as identity_id
from identities
