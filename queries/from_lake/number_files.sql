-- In the store: the lake's files with their numbers here. What could not be read has no hash, and may be there
-- more than once; so may a file in which a limit stopped something, with less of it and with more.
create or replace temp table lake_files as
with theirs as (
    select *, row_number() over (partition by uri, sha256, held order by file_id) as nth
    from frame
),
ours as (
    select *, row_number() over (partition by uri, sha256, held order by file_id) as nth
    from (
        select
            files.uri, files.sha256, files.file_id, files.pruned,
            files.read - stopped.rejects as held
        from files
        left join (
            select file_id, count(*) as rejects
            from rejects
            where reason in ('too_large', 'compression_bomb')
            group by file_id
        ) as stopped on stopped.file_id = files.file_id
    )
)
select
    theirs.* exclude (nth, held),
    coalesce(
        ours.file_id,
        (select coalesce(max(file_id), 0) from files)
        + row_number() over (partition by ours.file_id is null order by theirs.file_id)
    ) as own_file_id,
    ours.file_id is null as is_new,
    coalesce(ours.pruned, 0) > 0 as is_partly_here
from theirs
left join ours
    on ours.uri = theirs.uri and ours.sha256 = theirs.sha256
    and ours.held is not distinct from theirs.held and ours.nth = theirs.nth
