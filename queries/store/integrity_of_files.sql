-- What is known of each file's bytes, and whether records come from it.
select file_id, sha256, integrity, unnamed, kept + duplicate > 0 as has_records
from files
order by file_id
