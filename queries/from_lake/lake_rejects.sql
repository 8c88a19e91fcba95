-- In the lake: what could not become an event, of the files that are wanted.
select file_id, record, reason, detail, excerpt
from rejects
where file_id in (from wanted_files)
