-- How many rows of the answers are not as they were; of what is older, rows may leave, but none may be new.
with now_copies as (
    select copies.*
    from copies
    join records on records.file_id = copies.file_id and records.record = copies.record
    where records.event_time >= $before
)
select
    (
        select count(*)
        from (
            select * from before_origins where use_id in (select id from answered)
            except all
            from origins
        )
    )
    + (select count(*) from (from origins except all from before_origins))
    + (
        select count(*)
        from (
            select * from before_links where use_id in (select id from answered)
            except all
            select * from links where grade <> 'none'
        )
    )
    + (
        select count(*)
        from (select * from links where grade <> 'none' except all from before_links)
    )
    + (select count(*) from (from answered_copies except all from now_copies))
    + (select count(*) from (from now_copies except all from answered_copies)) as changed
