-- Issuances of the same key id that were refused for a use, and why.
select distinct links.why, issuances.event_time, issuances.role_arn, issuances.session_name
from links
join issuances on issuances.issuance_id = links.issuance_id
where links.use_id = $use_id and links.grade = 'none'
order by issuances.event_time, links.why
