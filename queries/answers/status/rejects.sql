-- Every reject.
select files.uri as source, rejects.record, rejects.reason, rejects.detail, rejects.excerpt
from rejects
left join files on files.file_id = rejects.file_id
order by files.uri, rejects.file_id, rejects.record, rejects.reason, rejects.detail, rejects.excerpt
