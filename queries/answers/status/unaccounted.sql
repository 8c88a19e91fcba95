-- Files whose ledger does not add up, or says something else than the tables; a file that is not in
-- the ledger has no name.
with held as (
    select file_id, count(*) as records
    from events
    group by file_id
),
refused as (
    select file_id, count(*) as records
    from rejects
    group by file_id
),
compared as (
    select
        coalesce(files.file_id, held.file_id, refused.file_id) as file_id,
        files.uri as source,
        coalesce(files.read, 0) as read,
        coalesce(kept, 0) as kept,
        coalesce(duplicate, 0) as duplicate,
        coalesce(rejected, 0) as rejected,
        coalesce(not_events, 0) as not_events,
        coalesce(pruned, 0) as pruned,
        coalesce(held.records, 0) as events,
        coalesce(refused.records, 0) as rejects
    from files
    full join held on held.file_id = files.file_id
    full join refused on refused.file_id = coalesce(files.file_id, held.file_id)
)
select * exclude (file_id)
from compared
where source is null
    or read <> kept + duplicate + rejected + not_events
    or kept - pruned <> events
    or rejected <> rejects
order by file_id
