-- Any other record waits in `incoming`, where the odd ones get a second look.
insert into incoming
select
    normalised.* exclude (problem, raw),
    coalesce(normalised.problem, read_identities.problem) as problem,
    case when coalesce(normalised.problem, read_identities.problem) is not null then raw end as raw
from normalised
left join read_identities on read_identities.identity_id = normalised.identity_id
