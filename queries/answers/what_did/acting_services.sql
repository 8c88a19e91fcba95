-- Services that acted for a key, with keys of their own. For the user of a long-term key: where the key made
-- a call to them in the second in which the forwarded session began (L14); the record names the user, not
-- the key, so another call may have caused it. For a session: what is tied to the same issuing call, which
-- is this key's unless the session has others.
with caused as (
    select distinct
        records.event_time,
        records.event_source,
        identities.principal_id,
        identities.account_id
    from records
    join identities on identities.identity_id = records.identity_id
    where identities.access_key_id = $target
        and identities.creation_date is null
        and identities.invoked_by is null
),
tied as (
    select links.use_id, links.grade, uses.invoked_by, uses.access_key_id, links.issuance_id
    from links
    join uses on uses.use_id = links.use_id
    where links.grade <> 'none'
        and links.issuance_id in (
            select links.issuance_id
            from links
            join uses on uses.use_id = links.use_id
            where links.grade <> 'none'
                and uses.access_key_id = $target
        )
),
other_keys as (
    select distinct issuance_id
    from tied
    where invoked_by is null
        and access_key_id <> $target
)
select uses.use_id, 'weak' as grade
from uses
join caused
    on caused.principal_id = uses.principal_id
    and caused.account_id is not distinct from uses.account_id
    and caused.event_time = uses.creation_date
    and caused.event_source = uses.invoked_by
where uses.authenticated
    and uses.use_id not in (select use_id from links where grade <> 'none')
union
select
    use_id,
    case when issuance_id in (select issuance_id from other_keys) then 'weak' else grade end as grade
from tied
where invoked_by is not null
order by use_id, grade
