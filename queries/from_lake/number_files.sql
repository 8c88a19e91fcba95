-- In the store: the lake's files with their numbers here. What could not be read has no hash, and may be there
-- more than once.
create or replace temp table lake_files as
with theirs as (
    select *, row_number() over (partition by uri, sha256 order by file_id) as nth
    from frame
),
ours as (
    select uri, sha256, file_id, pruned, row_number() over (partition by uri, sha256 order by file_id) as nth
    from files
)
select
    theirs.* exclude (nth),
    coalesce(
        ours.file_id,
        (select coalesce(max(file_id), 0) from files)
        + row_number() over (partition by ours.file_id is null order by theirs.file_id)
    ) as own_file_id,
    ours.file_id is null as is_new,
    coalesce(ours.pruned, 0) > 0 as is_partly_here
from theirs
left join ours on ours.uri = theirs.uri and ours.sha256 = theirs.sha256 and ours.nth = theirs.nth
