-- The issuances that rules asked about for a use, kept before refused.
with asked as (
    select distinct issuance_id, rule, grade, why
    from links
    where use_id = $use_id
)
select asked.rule, asked.grade, asked.why, issuances.*, count(*) over () as fitting
from asked
join issuances on issuances.issuance_id = asked.issuance_id
order by asked.grade = 'none', issuances.event_time, issuances.issuance_id, asked.grade
limit $most
