-- Where records lie.
select file_id, uri, sha256, integrity
from files
where file_id in (select unnest($file_ids))
