-- L17: a foreign role session's record, where the caller's own account holds one session of that
-- principal that lived at its time, and so no more than one.
insert into copies
with sessions as (
    select
        uses.use_id,
        uses.principal_id,
        uses.account_id,
        coalesce(uses.creation_date, uses.first_seen) as begins,
        coalesce(
            origins.covers_until,
            greatest(uses.last_seen, coalesce(uses.creation_date, uses.first_seen) + interval 12 hour)
        ) as ends
    from uses
    left join origins on origins.use_id = uses.use_id
    where uses.user_identity_type = 'AssumedRole' and uses.authenticated and uses.invoked_by is null
),
unused as (
    select
        origins.use_id,
        issuances.session_principal_id as principal_id,
        regexp_extract(issuances.role_arn, ':iam::([0-9]+):', 1) as account_id,
        issuances.event_time as begins,
        issuances.expiration as ends
    from issuances
    join origins on origins.use_id = issuances.issuance_id
    where starts_with(issuances.session_principal_id, 'AROA')
)
select
    told.file_id,
    told.record,
    min(known.use_id) as use_id,
    'L17' as rule
from identified_events as told
join (from sessions union all by name from unused) as known
    on known.principal_id = told.principal_id
    and known.account_id = told.account_id
    and told.event_time between known.begins - interval 2 second and known.ends
anti join copies
    on copies.file_id = told.file_id and copies.record = told.record
where told.user_identity_type = 'AWSAccount' and contains(told.principal_id, ':')
group by told.file_id, told.record
having count(distinct known.use_id) = 1
