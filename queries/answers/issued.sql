-- One issuance by itself, as the candidate of a key that was never used.
select
    'issued' as rule,
    'proof' as grade,
    'the record of the call names the issued key' as why,
    issuances.*,
    parents.grade as parent_grade,
    parents.rule as parent_rule,
    case
        when parents.use_id is not null then parents.use_id
        when issuances.caller_type in ('AWSService', 'SAMLUser', 'WebIdentityUser', 'AWSAccount') then null
        when issuances.kind = 'switch_role' then null
        else issuances.caller_use_id
    end as parent_use_id
from issuances
left join parents on parents.issuance_id = issuances.issuance_id
where issuances.issuance_id = $issuance_id
order by parent_use_id
