-- What the answers about records from `before` on are made of: their credentials, and from each of
-- these back to the beginning of its chain.
create or replace temp table answered as
with recursive steps as (
    select use_id as id, issuance_id as next from links
    union
    select use_id as id, parent_use_id as next from links where parent_use_id is not null
    union
    select issuance_id as id, caller_use_id as next from issuances
),
walked as (
    (
        select use_id as id from uses where last_seen >= $before
        union
        select issuance_id as id from issuances where event_time >= $before
        union
        select copies.use_id as id
        from copies
        join records on records.file_id = copies.file_id and records.record = copies.record
        where records.event_time >= $before
    )
    union
    select steps.next as id
    from walked
    join steps on steps.id = walked.id
)
select distinct id from walked
