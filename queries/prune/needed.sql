-- The same of everything that can still be asked about: whatever can be alive at `before`, since late
-- records may tell of it.
create or replace temp table needed as
with recursive steps as (
    select use_id as id, issuance_id as next from links
    union
    select use_id as id, parent_use_id as next from links where parent_use_id is not null
    union
    select issuance_id as id, caller_use_id as next from issuances
),
walked as (
    (
        select id from answered
        union
        select use_id as id
        from uses
        where $all_facts
            or last_seen >= $alive_since
            -- Stamps name the person for all sessions of a subject (L19b).
            or on_behalf_of is not null
        union
        select issuance_id as id from issuances where $all_facts or expiration >= $before
    )
    union
    select steps.next as id
    from walked
    join steps on steps.id = walked.id
)
select distinct id from walked
