-- In the lake: its files and their ledgers.
select file_id, uri, size_bytes, sha256, container, integrity, read, kept, duplicate, rejected, not_events
from files
order by file_id
