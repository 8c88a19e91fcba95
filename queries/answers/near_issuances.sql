-- Issuances of a use's principal or role that no rule asked about, the nearest on either side of a time,
-- each with where its call came from.
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
),
nearest as (
    select *, evidence[1].file_id as first_file, evidence[1].record as first_record
    from ranked
    where place <= $each_side
)
select nearest.*, records.source_ip_address, records.user_agent
from nearest
left join records
    on records.event_time = nearest.event_time
    and records.file_id = nearest.first_file
    and records.record = nearest.first_record
order by nearest.event_time, nearest.issuance_id
