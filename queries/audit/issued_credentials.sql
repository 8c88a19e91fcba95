-- The credentials that calls issued, with the origin behind the caller, as `calls_with_origin` tells it; `caller_use_id` is
-- the caller's credential, also where its chain does not cover the call. What `issued` reads.
create or replace temp table issued_credentials as
with parents as (
    select issuance_id, case when count(distinct parent_use_id) = 1 then min(parent_use_id) end as parent_use_id
    from links
    where grade <> 'none'
    group by issuance_id
)
select
    issuances.issuance_id,
    issuances.kind,
    issuances.event_time,
    evidence_of(issuances.evidence, issuances.caller_account_id) as event_id,
    list_transform(issuances.evidence, lambda told: told.recipient_account_id) as told_accounts,
    issuances.role_arn,
    nullif(split_part(issuances.role_arn, ':', 5), '') as role_account_id,
    issuances.session_name,
    issuances.session_arn,
    issuances.expiration,
    issuances.source_identity,
    issuances.caller_type,
    issuances.caller_account_id,
    callers.session_issuer_arn as caller_role_arn,
    callers.source_identity as caller_source_identity,
    callers.arn as caller_arn,
    callers.use_id as caller_use_id,
    origins.use_id,
    origins.kind as origin_kind,
    origins.id as origin_id,
    origins.name as origin_name,
    least_grade(origins.grade, told.at_most) as origin_grade,
    origin_key(origins.kind, origins.id, origins.arn, callers.principal_id, callers.use_id)
        || sureness(least_grade(origins.grade, told.at_most)) as origin,
    origin_words(
        origins.kind, origins.name, origins.id, origins.arn, callers.arn, least_grade(origins.grade, told.at_most)
    ) as who
from issuances
join told_issuances() as told on told.issuance_id = issuances.issuance_id
join parents on parents.issuance_id = issuances.issuance_id
join uses as callers on callers.use_id = coalesce(parents.parent_use_id, issuances.caller_use_id)
left join origins
    on origins.use_id = callers.use_id
    and (origins.covers_from is null or issuances.event_time >= origins.covers_from)
    and (origins.covers_until is null or issuances.event_time <= origins.covers_until)
where callers.authenticated;

-- The credentials that calls of a window issued (`issued_credentials`).
create or replace temp macro issued(since, until) as table
select *
from issued_credentials
where (since::timestamp is null or event_time >= since)
    and (until::timestamp is null or event_time < until);
