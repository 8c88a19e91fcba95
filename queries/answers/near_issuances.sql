-- Issuances of a use's principal or role that no rule asked about, the nearest on either side of a time.
with fitting as (
    select *, coalesce(session_principal_id = $principal_id, false) as same_principal
    from issuances
    where (session_principal_id = $principal_id or role_arn = $role_arn)
        and issuance_id not in (select issuance_id from links where use_id = $use_id)
),
ranked as (
    select
        *,
        row_number() over (
            partition by event_time <= cast($at as timestamp)
            order by
                same_principal desc,
                abs(epoch(event_time) - epoch(cast($at as timestamp))),
                issuance_id
        ) as place,
        count(*) over () as fitting
    from fitting
)
select
    *,
    evidence[1].file_id as file_id,
    evidence[1].record as record,
    evidence[1].recipient_account_id as recipient_account_id
from ranked
where place <= $each_side
order by event_time, issuance_id
