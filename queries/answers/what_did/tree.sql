-- Everything that came out of some uses: each use reached over kept links, with how far it is, its end as
-- who-did gives it, and every candidate for the call that issued it, whether or not that led here.
with recursive reached (use_id, hop) using key (use_id) as (
    select unnest($use_ids) as use_id, 0 as hop
    union
    select links.use_id, min(reached.hop) + 1 as hop
    from reached
    join links on links.parent_use_id = reached.use_id
    left join recurring.reached as known on known.use_id = links.use_id
    where links.grade <> 'none'
        and coalesce(links.parent_lived, true)
        and links.use_id <> links.parent_use_id
        and known.use_id is null
        and reached.hop < $most_hops
    group by links.use_id
)
select
    reached.use_id,
    reached.hop,
    uses.user_identity_type,
    coalesce(uses.access_key_id, issuances.issued_key) as access_key_id,
    coalesce(uses.principal_id, issuances.session_principal_id) as principal_id,
    coalesce(uses.arn, issuances.session_arn) as arn,
    coalesce(
        uses.account_id, nullif(split_part(coalesce(issuances.session_arn, issuances.role_arn), ':', 5), '')
    ) as account_id,
    uses.creation_date,
    uses.invoked_by,
    uses.user_name,
    coalesce(uses.session_issuer_arn, issuances.role_arn) as role_arn,
    coalesce(uses.session_name, issuances.session_name) as session_name,
    coalesce(uses.source_identity, issuances.source_identity) as source_identity,
    uses.first_seen,
    uses.last_seen,
    uses.assumed_root,
    least(uses.form_grade, issuances.form_grade) as form_grade,
    uses.use_id is not null as used,
    origins.kind as origin_kind,
    origins.id as origin_id,
    origins.arn as origin_arn,
    origins.account_id as origin_account_id,
    origins.name as origin_name,
    origins.grade as origin_grade,
    origins.stop as origin_stop,
    links.issuance_id,
    links.rule,
    links.grade,
    links.why,
    links.parent_use_id,
    links.parent_rule,
    coalesce(links.parent_lived, true) as parent_lived,
    issuances.kind as issuance_kind,
    issuances.event_time as issued_at,
    issuances.event_name as issuing_event_name,
    issuances.expiration,
    issuances.caller_account_id,
    issuances.caller_arn,
    issuances.callers_differ,
    issuances.evidence
from reached
left join uses on uses.use_id = reached.use_id
left join origins on origins.use_id = reached.use_id
left join links on links.use_id = reached.use_id and links.grade <> 'none'
left join issuances on issuances.issuance_id = links.issuance_id
order by reached.hop, issuances.event_time, uses.first_seen, reached.use_id, links.issuance_id, links.parent_use_id
