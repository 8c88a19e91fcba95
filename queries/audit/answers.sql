-- Whom the credentials of the window belong to, the least sure first, then the busiest: what later logs
-- may tell otherwise.
select
    origins.use_id,
    origins.kind,
    origins.id,
    origins.arn as origin_arn,
    origins.account_id as origin_account_id,
    origins.name,
    origins.grade
from (
    select use_id, sum(calls) as calls
    from attributed_calls
    group by use_id
) as used
join origins on origins.use_id = used.use_id
order by
    list_position(['none', 'weak', 'probable', 'strong', 'proof'], origins.grade),
    used.calls desc,
    origins.use_id
limit $limit
