-- What was loaded, by the ledgers of all files, and what the tables hold.
select
    (select schema_version from meta) as schema_version,
    (select created_by from meta) as created_by,
    (select max(before) from prunes) as pruned_before,
    (select count(*) from lake_days where not whole) as days_in_lake,
    count(*) as files,
    cast(coalesce(sum(size_bytes), 0) as bigint) as source_bytes,
    cast(coalesce(sum(read), 0) as bigint) as read,
    cast(coalesce(sum(kept), 0) as bigint) as kept,
    cast(coalesce(sum(duplicate), 0) as bigint) as duplicate,
    cast(coalesce(sum(rejected), 0) as bigint) as rejected,
    cast(coalesce(sum(not_events), 0) as bigint) as not_events,
    cast(coalesce(sum(pruned), 0) as bigint) as pruned,
    count(*) filter (where integrity = 'verified') as verified,
    count(*) filter (where integrity = 'unverified') as unverified,
    count(*) filter (where integrity = 'failed') as failed,
    count(*) filter (where unnamed) as unnamed,
    (select count(*) from events) as events,
    (select min(event_time) from records) as first_event,
    (select max(event_time) from records) as last_event,
    (select count(*) from conflicts) as conflicts,
    (
        select count(*)
        from records
        where identity_id in (select identity_id from identities where translated_from is not null)
    ) as translated
from files
