-- Issuances anew from their calls, where a new record tells of the call or contradicts one that does.
delete from issuances where issuance_id in (from issued_again);

insert into issuances
with ranked as (
    select
        *,
        row_number() over (
            partition by issuance_id
            order by
                case when caller_known then 0 else 1 end,
                form_grade desc,
                event_id,
                recipient_account_id,
                -- Records that contradict each other may share all of these: the least content speaks.
                use_id,
                arn,
                user_name,
                identity_provider,
                kind,
                event_source,
                aws_region,
                issued_session_name,
                issued_subject,
                saml_issuer,
                tags,
                session_policy,
                policy_arns,
                switched_from,
                issued_sign_in_session_arn
        ) as place
    from issuing_calls
    where issuance_id in (from issued_again)
),
merged as (
    select
        issuance_id,
        list(
            struct_pack(
                event_id := event_id,
                recipient_account_id := recipient_account_id,
                file_id := file_id,
                record := record
            )
            order by
                case when caller_known then 0 else 1 end,
                form_grade desc,
                event_id,
                recipient_account_id,
                file_id,
                record
        ) as evidence,
        bool_or(caller_told) as caller_held,
        min(issued_source_identity) as source_identity,
        max(session_principal_id) as session_principal_id,
        max(session_arn) as session_arn,
        min(role_arn) as role_arn,
        min(expiration) as expiration,
        -- A translation is a use of its own, so it is compared by what it says of the caller.
        count(distinct case when caller_known and form_grade = 4 then use_id end) > 1
            or count(distinct case when caller_known and form_grade < 4 then use_id end) > 1
            or count(distinct case when not caller_known and form_grade = 4 then use_id end) > 1
            or count(distinct case when not caller_known and form_grade < 4 then use_id end) > 1
            or (
                bool_or(form_grade < 4) and bool_or(form_grade = 4) and (
                    count(distinct principal_id) > 1
                    or count(distinct account_id) > 1
                    or count(distinct case when caller_known then access_key_id end) > 1
                )
            )
            or (
                bool_or(caller_known) and bool_or(not caller_known) and (
                    count(distinct coalesce(principal_id, '')) > 1
                    or count(distinct coalesce(account_id, '')) > 1
                    or bool_or(user_identity_type in ('AWSService', 'SAMLUser', 'WebIdentityUser'))
                )
            ) as callers_differ,
        count(distinct session_principal_id) > 1
            or count(distinct issued_source_identity) > 1
            or bool_or(source_identity_changed)
            or bool_or(told_elsewhere) as copies_differ,
        (
            max(session_principal_id), max(session_arn), min(role_arn), min(expiration),
            min(issued_source_identity)
        ) is distinct from (
            max(session_principal_id) filter (where form_grade = 4),
            max(session_arn) filter (where form_grade = 4),
            min(role_arn) filter (where form_grade = 4),
            min(expiration) filter (where form_grade = 4),
            min(issued_source_identity) filter (where form_grade = 4)
        ) as told_by_translation,
        min(form_grade) as least_form_grade,
        count(distinct recipient_account_id) > 1
            and (count(shared_event_id) < count(*) or count(distinct shared_event_id) > 1)
            and (count(request_id) < count(*) or count(distinct request_id) > 1) as paired_by_key
    from issuing_calls
    where issuance_id in (from issued_again)
    group by issuance_id
),
conflicting as (
    select distinct issuing_calls.issuance_id
    from issuing_calls
    join conflicts
        on conflicts.event_id = issuing_calls.event_id
        and coalesce(conflicts.recipient_account_id, '') = coalesce(issuing_calls.recipient_account_id, '')
)
select
    ranked.issuance_id,
    kind,
    event_time,
    event_source,
    event_name,
    aws_region,
    merged.role_arn,
    issued_session_name as session_name,
    issued_key,
    merged.session_principal_id,
    merged.session_arn,
    merged.expiration,
    merged.source_identity,
    session_policy,
    policy_arns,
    tags,
    saml_issuer,
    issued_subject as subject,
    switched_from,
    use_id as caller_use_id,
    user_identity_type as caller_type,
    principal_id as caller_principal_id,
    arn as caller_arn,
    account_id as caller_account_id,
    access_key_id as caller_access_key_id,
    creation_date as caller_creation_date,
    invoked_by as caller_invoked_by,
    identity_provider as caller_identity_provider,
    user_name as caller_user_name,
    issued_sign_in_session_arn as sign_in_session_arn,
    merged.caller_held,
    merged.callers_differ,
    merged.callers_differ or merged.copies_differ or conflicting.issuance_id is not null as conflicting,
    merged.paired_by_key,
    case when merged.told_by_translation then least_form_grade else ranked.form_grade end as form_grade,
    merged.evidence
from ranked
join merged on merged.issuance_id = ranked.issuance_id
left join conflicting on conflicting.issuance_id = ranked.issuance_id
where place = 1
