-- The first files by name, how many there are, and one hash of all their hashes.
select
    uri as source,
    size_bytes,
    sha256,
    integrity,
    kept,
    (select count(*) from files) as file_count,
    (select sha256(string_agg(sha256 || chr(10), '' order by sha256)) from files) as all_sha256
from files
order by uri, file_id
limit $limit
