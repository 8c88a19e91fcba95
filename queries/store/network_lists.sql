-- The lists of networks that a store holds.
select name, sha256, entries
from network_lists
order by name
