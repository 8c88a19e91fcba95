-- The record of a call by nobody AWS knows, with a session that the call began: both have one origin.
delete from copies where rule = 'issued';

insert into copies by name
with records as (
    select issuance_id, event_time, unnest(evidence) as place
    from issuances
    where kind in ('cognito_identity', 'roles_anywhere')
),
settled as (
    -- Only sessions tied to one call and no other.
    select min(issuance_id) as issuance_id, use_id
    from links
    where grade <> 'none'
        and use_id in (select use_id from links where issuance_id in (select issuance_id from records))
    group by use_id
    having count(distinct issuance_id) = 1
)
select
    records.event_time,
    records.place.file_id,
    records.place.record,
    min(settled.use_id) as use_id,
    'issued' as rule
from records
join settled on settled.issuance_id = records.issuance_id
group by records.event_time, records.place.file_id, records.place.record
