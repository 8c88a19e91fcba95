-- The credentials that findings are about, with what their chains end in.
select
    uses.use_id,
    uses.access_key_id,
    uses.arn,
    origins.kind,
    origins.id,
    origins.arn as origin_arn,
    origins.account_id as origin_account_id,
    origins.name,
    origins.grade,
    origins.stop
from uses
join origins on origins.use_id = uses.use_id
where uses.use_id in (select unnest($use_ids::varchar[]))
order by uses.use_id
