-- Every role that was taken before the end of the window, with the origin that took it and the role it
-- came from; what `pairs` and `edges` are made from. An issuance whose sessions have several origins is
-- several rows. A way leads from a role, whoever took it there, or from an origin that took it directly.
create or replace temp table roles_taken as
with taken as (
    select distinct
        issuances.issuance_id,
        issuances.event_time,
        issuances.role_arn,
        nullif(split_part(issuances.role_arn, ':', 5), '') as to_account_id,
        coalesce(
            case when callers.user_identity_type = 'AssumedRole' then callers.session_issuer_arn end,
            case
                when issuances.caller_arn like 'arn:%:assumed-role/%'
                    then regexp_replace(
                        issuances.caller_arn,
                        '^(arn:[^:]*):sts::([^:]*):assumed-role/([^/]*).*$',
                        '\1:iam::\2:role/\3'
                    )
            end
        ) as from_role_arn,
        coalesce(issuances.caller_account_id, callers.account_id) as from_account_id,
        issuances.caller_held,
        origins.kind,
        origins.id,
        origins.arn,
        origins.account_id,
        origins.name,
        origins.grade,
        origins.stop
    from issuances
    join links on links.issuance_id = issuances.issuance_id and links.grade <> 'none'
    join origins on origins.use_id = links.use_id
    left join uses as callers on callers.use_id = links.parent_use_id
    where issuances.role_arn is not null
        and ($until::timestamp is null or issuances.event_time < $until)
)
select
    *,
    -- A caller's ARN alone does not tell the path of its role: a way is the same without it.
    case
        when from_role_arn is not null
            then short_key([role_arn, regexp_replace(from_role_arn, ':role/.*/', ':role/')])
        when id is not null then short_key([role_arn, kind, id])
        else short_key([role_arn])
    end as way,
    from_role_arn is not null or id is not null as from_somewhere,
    case
        when from_account_id <> to_account_id then short_key([from_account_id, to_account_id])
    end as edge
from taken
