-- Files that are in the store already.
select uri, sha256, file_id
from files
