-- title: What could not be read
-- about: A row is one reason and file, with how many records were rejected for it.
-- about: Cannot see records that never reached the file.
-- column reason: varchar   -- reason code
-- column source: varchar   -- the file
-- column rejected: bigint  -- records, or 1 for a whole file
-- column detail: varchar   -- what was found, of the first
-- column excerpt: varchar  -- a piece of it, without tokens
select
    rejects.reason,
    files.uri as source,
    count(*) as rejected,
    min_by(rejects.detail, rejects.record) as detail,
    min_by(rejects.excerpt, rejects.record) as excerpt
from rejects
join files on files.file_id = rejects.file_id
group by rejects.reason, files.uri, files.file_id
order by rejects.reason, files.uri, files.file_id
