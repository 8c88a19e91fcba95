-- How many rows of the answers are not as they were.
with now_origins as (
    select * from origins where use_id in (select id from answered)
),
now_links as (
    select * from links where grade <> 'none' and use_id in (select id from answered)
),
now_copies as (
    select copies.*
    from copies
    join records on records.file_id = copies.file_id and records.record = copies.record
    where records.event_time >= $before
)
select
    (select count(*) from (from answered_origins except all from now_origins))
    + (select count(*) from (from now_origins except all from answered_origins))
    + (select count(*) from (from answered_links except all from now_links))
    + (select count(*) from (from now_links except all from answered_links))
    + (select count(*) from (from answered_copies except all from now_copies))
    + (select count(*) from (from now_copies except all from answered_copies)) as changed
