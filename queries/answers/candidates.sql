-- The kept links of a use with their issuances, and the caller's use where it is one of ours.
select
    links.rule,
    links.grade,
    links.why,
    issuances.*,
    parents.grade as parent_grade,
    parents.rule as parent_rule,
    case
        when parents.use_id is not null then parents.use_id
        when issuances.caller_type in ('AWSService', 'SAMLUser', 'WebIdentityUser', 'AWSAccount') then null
        when issuances.kind = 'switch_role' then null
        else issuances.caller_use_id
    end as parent_use_id
from links
join issuances on issuances.issuance_id = links.issuance_id
left join parents on parents.issuance_id = issuances.issuance_id
where links.use_id = $use_id and links.grade <> 'none'
order by issuances.event_time, issuances.issuance_id, parent_use_id
