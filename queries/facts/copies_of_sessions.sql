-- L17: a foreign session's record, where the caller's own account holds sessions of that principal
-- that lived at its time, all of one origin. Anew for the principals of `principals_again`.
create or replace temp table told_again as
with callers as (
    select identity_id, principal_id, account_id, form_grade(translated_from) as form
    from identities
    where user_identity_type = 'AWSAccount'
        and contains(principal_id, ':')
        and principal_id in (from principals_again)
)
select file_id, record, event_time, principal_id, account_id, form
from records
join callers on callers.identity_id = records.identity_id;

delete from copies
where rule = 'L17' and (file_id, record) in (select (file_id, record) from told_again);

insert into copies by name
with tied as (
    select use_id, min(issuance_id) as issuance_id
    from links
    where grade <> 'none'
        and use_id in (select use_id from uses where principal_id in (from principals_again))
    group by use_id
),
sessions as (
    select use_id, principal_id, account_id, form, begins, ends
    from (
        select
            uses.use_id,
            uses.principal_id,
            uses.account_id,
            uses.creation_date,
            uses.form_grade as form,
            tied.issuance_id,
            coalesce(uses.creation_date, uses.first_seen) as begins,
            coalesce(
                origins.covers_until,
                greatest(
                    uses.last_seen,
                    coalesce(uses.creation_date, uses.first_seen)
                    + case when uses.user_identity_type = 'FederatedUser' then interval 36 hour else interval 12 hour end
                )
            ) as ends,
            bool_or(uses.creation_date is not null) over (
                partition by tied.issuance_id, uses.principal_id
            ) as beside_a_dated_one
        from uses
        left join origins on origins.use_id = uses.use_id
        left join tied on tied.use_id = uses.use_id
        where uses.user_identity_type in ('AssumedRole', 'FederatedUser')
            and uses.authenticated
            and uses.invoked_by is null
            and uses.delegate_account_id is null
            and uses.principal_id in (from principals_again)
    ) as dated
    -- A record without a creation date is of the session that its issuance began, not one more.
    where creation_date is not null or issuance_id is null or not beside_a_dated_one
),
unused as (
    select
        origins.use_id,
        issuances.session_principal_id as principal_id,
        coalesce(
            nullif(regexp_extract(issuances.role_arn, ':iam::([0-9]+):', 1), ''), issuances.caller_account_id
        ) as account_id,
        issuances.form_grade as form,
        issuances.event_time as begins,
        issuances.expiration as ends
    from issuances
    join origins on origins.use_id = issuances.issuance_id
    where (starts_with(issuances.session_principal_id, 'AROA') or issuances.kind = 'federation_token')
        and issuances.session_principal_id in (from principals_again)
        -- Identity Center and the console use other keys than the call shows.
        and issuances.issuance_id not in (
            select issuance_id from links where grade <> 'none' and rule <> 'issued'
        )
),
known as (
    select each.*, origins.kind, origins.id, origins.arn, origins.stop, origins.grade
    from (from sessions union all by name from unused) as each
    join origins on origins.use_id = each.use_id
)
select
    told.event_time,
    told.file_id,
    told.record,
    arg_max(
        known.use_id,
        struct_pack(grade := list_position(['proof', 'strong', 'probable', 'weak', 'none'], known.grade), id := known.use_id)
    ) as use_id,
    'L17' as rule
from told_again as told
join known
    on known.principal_id = told.principal_id
    and known.account_id = told.account_id
    and known.form >= told.form  -- a translation lends nothing to what CloudTrail itself wrote
    and told.event_time between known.begins - interval 2 second and known.ends
anti join copies
    on copies.file_id = told.file_id and copies.record = told.record
group by told.event_time, told.file_id, told.record
having count(distinct known.use_id) = 1
    or (
        count(distinct struct_pack(kind := known.kind, id := known.id, arn := known.arn, stop := known.stop)) = 1
        and min(known.kind) <> 'unknown'
    )
