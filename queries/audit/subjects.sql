-- The credentials that findings are about, with what their chains end in. One that nothing in its own
-- account's logs used is known by the call that issued it.
select
    origins.use_id,
    coalesce(uses.access_key_id, issuances.issued_key) as access_key_id,
    coalesce(uses.arn, issuances.session_arn) as arn,
    origins.kind,
    origins.id,
    origins.arn as origin_arn,
    origins.account_id as origin_account_id,
    origins.name,
    origins.grade,
    origins.stop
from origins
left join uses on uses.use_id = origins.use_id
left join issuances on issuances.issuance_id = origins.use_id
where origins.use_id in (select unnest($use_ids::varchar[]))
order by origins.use_id
