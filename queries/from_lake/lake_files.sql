-- In the lake: its files and their ledgers. Of those in which a limit stopped something, `held` records were
-- found.
select
    files.file_id, uri, size_bytes, sha256, container, integrity,
    read, kept, duplicate, rejected, not_events,
    read - stopped.rejects as held
from files
left join (
    select file_id, count(*) as rejects
    from rejects
    where reason in ('too_large', 'compression_bomb')
    group by file_id
) as stopped on stopped.file_id = files.file_id
order by files.file_id
