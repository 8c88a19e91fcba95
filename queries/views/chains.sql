-- One row per hop: a credential, the call that issued it, and the credential that made that call.
-- Walk back with chains.use_id = parent_use_id; a use with several rows has several candidates.
create or replace view chains as
select
    links.use_id,
    coalesce(uses.access_key_id, issuances.issued_key) as access_key_id,
    coalesce(uses.principal_id, issuances.session_principal_id) as principal_id,
    coalesce(uses.arn, issuances.session_arn) as arn,
    coalesce(
        uses.account_id, nullif(split_part(coalesce(issuances.session_arn, issuances.role_arn), ':', 5), '')
    ) as account_id,
    uses.first_seen,
    uses.last_seen,
    coalesce(uses.event_count, 0) as event_count,
    links.rule,
    links.grade,
    links.why,
    fitting.candidates,
    issuances.issuance_id,
    issuances.kind as issuance_kind,
    issuances.event_time as issued_at,
    issuances.event_source,
    issuances.event_name,
    issuances.aws_region,
    issuances.role_arn,
    issuances.session_name,
    issuances.source_identity,
    issuances.issued_key as issued_access_key_id,
    issuances.expiration as expires,
    issuances.caller_type,
    issuances.caller_principal_id,
    issuances.caller_arn,
    issuances.caller_account_id,
    issuances.caller_access_key_id,
    issuances.caller_invoked_by,
    issuances.caller_held,
    links.parent_use_id,
    links.parent_rule,
    links.parent_lived,
    issuances.evidence[1].event_id as event_id,
    issuances.evidence[1].recipient_account_id as recipient_account_id,
    files.uri as source,
    issuances.evidence[1].record as record,
    files.sha256,
    accounts.name as account_name,
    caller_accounts.name as caller_account_name
from links
join issuances on issuances.issuance_id = links.issuance_id
join (
    select use_id, count(distinct issuance_id) as candidates
    from links
    where grade <> 'none'
    group by use_id
) as fitting on fitting.use_id = links.use_id
left join uses on uses.use_id = links.use_id
left join files on files.file_id = issuances.evidence[1].file_id
left join accounts on accounts.account_id = coalesce(
    uses.account_id, nullif(split_part(coalesce(issuances.session_arn, issuances.role_arn), ':', 5), '')
)
left join accounts as caller_accounts on caller_accounts.account_id = issuances.caller_account_id
where links.grade <> 'none';
