-- The same of everything that can still be asked about: whatever can be alive at `before`, since late
-- records may tell of it. What is needed of an issuance is told with all its uses, or it would seem
-- unused; `more` are the facts of which records stay for another reason.
create or replace temp table needed as
with recursive steps as (
    select use_id as id, issuance_id as next from links
    union
    select issuance_id as id, use_id as next from links
    union
    select use_id as id, parent_use_id as next from links where parent_use_id is not null
    union
    select issuance_id as id, caller_use_id as next from issuances
),
walked as (
    (
        select id from answered
        union
        select id from more
        union
        select use_id as id
        from uses
        where $all_facts
            or last_seen >= $alive_since
            -- Stamps name the person for all sessions of a subject (L19b).
            or on_behalf_of is not null
            -- A name that was given to another user tells neither from the other.
            or user_identity_type = 'IAMUser'
        union
        select issuance_id as id
        from issuances
        where $all_facts or event_time >= $alive_since or expiration >= $before
    )
    union
    select steps.next as id
    from walked
    join steps on steps.id = walked.id
)
select distinct id from walked
