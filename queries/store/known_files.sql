-- Files that are in the store already. Of those in which a limit stopped something, `held` records were found,
-- whatever became of them: with a higher limit there may be more.
select files.uri, files.sha256, files.file_id, files.read - stopped.rejects as held
from files
left join (
    select file_id, count(*) as rejects
    from rejects
    where reason in ('too_large', 'compression_bomb')
    group by file_id
) as stopped on stopped.file_id = files.file_id
