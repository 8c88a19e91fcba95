-- `window_calls` without copies, with the origin behind each row; a call outside the life of its
-- credential has none.
create or replace temp view attributed_calls as
select
    window_calls.* exclude (is_copy, covered, told, failed_integrity),
    case when covered then coalesce(origins.kind, 'unknown') else 'unknown' end as kind,
    case when covered then origins.id end as id,
    case when covered then origins.arn end as arn,
    case when covered then origins.account_id end as origin_account_id,
    case when covered then origins.name end as name,
    case
        when not covered then 'none'
        when failed_integrity and origins.grade in ('proof', 'strong', 'probable') then 'weak'
        when told and origins.grade in ('proof', 'strong') then 'probable'
        else coalesce(origins.grade, 'none')
    end as grade,
    case when covered then coalesce(origins.stop, 'no_issuance') else 'contradiction' end as stop
from window_calls
left join origins on origins.use_id = window_calls.use_id
where not is_copy
