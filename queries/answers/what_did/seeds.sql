-- The uses that a target names, each with how sure it is that it is the target's: its own records bear the
-- target, or its chain ends in it. A use may be there in several ways.
with unused as (
    select links.use_id, issuances.*
    from links
    join issuances on issuances.issuance_id = links.issuance_id
    where links.rule = 'issued'
),
seeds as (
    select use_id, (['probable', 'strong', 'proof'])[form_grade - 1] as grade
    from uses
    where authenticated
        and case $kind
            when 'access_key' then access_key_id = $target
            when 'session_arn' then arn = $target
            when 'principal_id' then not starts_with($target, 'AIDA')
                and (principal_id = $target or starts_with(principal_id, $target || ':'))
            when 'role_arn' then session_issuer_arn = $target
            when 'source_identity' then source_identity = $target
            else false
        end
    union all
    select use_id, (['probable', 'strong', 'proof'])[form_grade - 1] as grade
    from unused
    where case $kind
        when 'access_key' then issued_key = $target
        when 'session_arn' then session_arn = $target
        when 'principal_id'
            then session_principal_id = $target or starts_with(session_principal_id, $target || ':')
        when 'role_arn' then role_arn = $target
        when 'source_identity' then source_identity = $target
        else false
    end
    union all
    select use_id, grade
    from origins
    where grade <> 'none'
        and case $kind
            when 'user_arn' then arn = $target
            when 'principal_id' then id = $target
            when 'instance_id' then kind in ('ec2_instance', 'managed_node') and id = $target
            when 'function_arn' then kind = 'lambda_function' and (id = $target or arn = $target)
            when 'origin' then kind not in ('unknown', 'anonymous') and (
                id = $target
                or arn = $target
                or lower(name) = lower($target)
                or ends_with(id, '#' || $target)
            )
            else false
        end
    union all
    -- Records that name a user or root, whatever their chains say.
    select uses.use_id, origins.grade
    from uses
    join origins on origins.use_id = uses.use_id
    where uses.authenticated
        and case $kind
            when 'user_arn' then uses.arn = $target
            when 'principal_id' then uses.principal_id = $target
            else false
        end
    union all
    -- The role's name is known to the issuing call alone.
    select links.use_id, links.grade
    from links
    join issuances on issuances.issuance_id = links.issuance_id
    where $kind = 'role_arn'
        and issuances.role_arn = $target
        and links.grade <> 'none'
        and links.rule <> 'issued'
        and links.use_id not in (select use_id from uses where session_issuer_arn is not null)
)
select distinct use_id, grade
from seeds
order by use_id, grade
