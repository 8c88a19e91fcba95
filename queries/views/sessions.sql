-- One row per credential, used or not, as who-did answers for it: the uses of one credential (its own
-- calls, calls that a service made with it) are one row, and the one signed directly speaks for it.
-- A caller that only copies in other accounts name is a row only if its own record is not held.
create or replace view sessions as
with ranked as (
    select
        *,
        row_number() over (
            credential order by authenticated desc, invoked_by is not null, event_count desc, use_id
        ) as place,
        min(first_seen) over credential as credential_first_seen,
        max(last_seen) over credential as credential_last_seen,
        sum(event_count) over credential as credential_event_count
    from uses
    where coalesce(user_identity_type, '') <> 'AWSAccount'
        or use_id in (select calls.use_id from calls where calls.user_identity_type = 'AWSAccount')
    window credential as (
        partition by
            access_key_id,
            principal_id,
            creation_date,
            account_id,
            authenticated,
            delegate_account_id,
            case when access_key_id is null then subject end
    )
),
used as (
    select
        use_id,
        access_key_id,
        user_identity_type,
        principal_id,
        arn,
        account_id,
        user_name,
        session_name,
        session_issuer_arn as role_arn,
        source_identity,
        on_behalf_of,
        authenticated,
        from_console,
        ec2_role_delivery,
        creation_date as created,
        credential_first_seen as first_seen,
        credential_last_seen as last_seen,
        cast(credential_event_count as bigint) as event_count
    from ranked
    where place = 1
),
unused as (
    select distinct
        links.use_id,
        issuances.issued_key as access_key_id,
        cast(null as varchar) as user_identity_type,
        issuances.session_principal_id as principal_id,
        issuances.session_arn as arn,
        nullif(split_part(coalesce(issuances.session_arn, issuances.role_arn), ':', 5), '') as account_id,
        cast(null as varchar) as user_name,
        issuances.session_name,
        issuances.role_arn,
        issuances.source_identity,
        cast(null as varchar) as on_behalf_of,
        true as authenticated,
        cast(null as boolean) as from_console,
        cast(null as varchar) as ec2_role_delivery,
        issuances.event_time as created,
        cast(null as timestamp) as first_seen,
        cast(null as timestamp) as last_seen,
        cast(0 as bigint) as event_count
    from links
    join issuances on issuances.issuance_id = links.issuance_id
    where links.use_id = links.issuance_id
),
credentials as (
    select * from used
    union all
    select * from unused
),
fitting as (
    select
        use_id,
        count(distinct issuance_id) as candidates,
        min(issuance_id) as issuance_id,
        min(rule) as rule
    from links
    where grade <> 'none'
    group by use_id
)
select
    credentials.*,
    coalesce(fitting.candidates, 0) as candidates,
    case when fitting.candidates = 1 then fitting.rule end as rule,
    issuances.issuance_id,
    issuances.kind as issuance_kind,
    issuances.event_name as issuing_event_name,
    issuances.event_time as issued_at,
    issuances.expiration as expires,
    issuances.caller_arn,
    origins.kind as origin_kind,
    origins.id as origin_id,
    origins.arn as origin_arn,
    origins.account_id as origin_account_id,
    origins.name as origin_name,
    origins.grade as origin_grade,
    origins.stop as origin_stop,
    origins.hops as origin_hops,
    origins.covers_until as origin_covers_until,
    accounts.name as account_name,
    origin_accounts.name as origin_account_name
from credentials
left join fitting on fitting.use_id = credentials.use_id
left join issuances on issuances.issuance_id = fitting.issuance_id and fitting.candidates = 1
left join origins on origins.use_id = credentials.use_id
left join accounts on accounts.account_id = credentials.account_id
left join accounts as origin_accounts on origin_accounts.account_id = origins.account_id;
