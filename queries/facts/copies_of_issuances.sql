-- The record of a call whose identity is not its caller's, but the new session (SwitchRole) or nobody
-- AWS knows. Whom a SwitchRole names is its caller (L11); else a session that the call began has the
-- same origin as the call.
insert into copies
with records as (
    select issuance_id, kind, unnest(evidence) as place
    from issuances
    where kind in ('switch_role', 'cognito_identity', 'roles_anywhere')
),
switchers as (
    select issuance_id, min(parent_use_id) as use_id
    from links
    where grade <> 'none' and parent_rule = 'L11' and parent_lived
    group by issuance_id
    having count(distinct parent_use_id) = 1
),
settled as (
    -- Only sessions tied to one call and no other.
    select min(issuance_id) as issuance_id, use_id
    from links
    where grade <> 'none'
    group by use_id
    having count(distinct issuance_id) = 1
),
sessions as (
    select issuance_id, min(use_id) as use_id
    from settled
    group by issuance_id
)
select
    records.place.file_id,
    records.place.record,
    coalesce(switchers.use_id, sessions.use_id) as use_id,
    case when switchers.use_id is null then 'issued' else 'L11' end as rule
from records
left join switchers on switchers.issuance_id = records.issuance_id
left join sessions on sessions.issuance_id = records.issuance_id
where switchers.use_id is not null or sessions.use_id is not null
