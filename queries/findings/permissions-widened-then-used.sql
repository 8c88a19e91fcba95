-- title: Own permissions widened, then used
-- about: A row is one origin that changed what a role or user may do, and then made a call with it that had been refused within the day before.
-- about: Who widens the own permissions to get past a refusal does what the permissions were to prevent.
-- severity: high
-- confidence: medium
-- cannot see: Permissions that came by a group, by a new version of a policy or from the organisation; calls that were not tried before.
-- false positives: An administrator who sets up a role and tries it out; a pipeline that mends its own role.
-- what to do: Read the policy that was attached, ask the origin, and take it back if nobody else agreed to it.
-- param since: timestamp = null         -- only calls at or after this UTC time
-- param until: timestamp = null         -- only events before this UTC time
-- param hours: integer = 24             -- how long before the change the refusal, and after it the call, may lie
-- param by_others: boolean = false      -- also where one origin changed the policy and another one called
-- column key: varchar[]                 -- who changed it, the role or user, and who called
-- column summary: varchar               -- what happened
-- column account_id: varchar            -- account of the role or user
-- column use_id: varchar                -- who changed the permissions
-- column first_seen: timestamp          -- the first refusal
-- column last_seen: timestamp           -- the call that was then allowed
-- column event_count: bigint            -- refusals, changes and calls
-- column event_ids: varchar[]           -- the first of them
-- column called: varchar[]              -- the calls that were refused before
-- column called_by: varchar             -- who called
with changes as (
    select
        event_time as changed_at,
        event_id as change_id,
        event_name as change,
        use_id,
        origin,
        who,
        recipient_account_id,
        case
            when contains(event_name, 'Role')
                then 'role ' || recipient_account_id || ' ' || json_extract_string(request_parameters, '$.roleName')
            else 'user ' || recipient_account_id || ' ' || json_extract_string(request_parameters, '$.userName')
        end as principal
    from deeds($since::timestamp - to_hours($hours::integer), $until)
    where event_source = 'iam.amazonaws.com'
        and event_name in (
            'AttachRolePolicy', 'PutRolePolicy', 'DeleteRolePermissionsBoundary', 'PutRolePermissionsBoundary',
            'AttachUserPolicy', 'PutUserPolicy', 'AddUserToGroup', 'DeleteUserPermissionsBoundary',
            'PutUserPermissionsBoundary'
        )
),
principals as materialized (
    select
        identities.identity_id,
        identities.principal_id,
        identities.arn,
        named_identities.authenticated_use_id as use_id,
        case
            when session_issuer_type = 'Role'
                then 'role ' || split_part(session_issuer_arn, ':', 5) || ' ' || split_part(session_issuer_arn, '/', -1)
            when user_identity_type = 'IAMUser' then 'user ' || account_id || ' ' || user_name
        end as principal
    from identities
    join named_identities on named_identities.identity_id = identities.identity_id
    where principal in (select principal from changes)
),
refused as (
    select
        principals.principal,
        records.event_source,
        records.event_name,
        records.event_time,
        records.event_id,
        origin_key(
            origins.kind, origins.id, origins.arn, principals.principal_id, principals.use_id
        ) as origin
    from records
    join principals on principals.identity_id = records.identity_id
    left join origins
        on origins.use_id = principals.use_id
        and (origins.covers_from is null or records.event_time >= origins.covers_from)
        and (origins.covers_until is null or records.event_time <= origins.covers_until)
    anti join records_apart
        on records_apart.file_id = records.file_id and records_apart.record = records.record
    where records.error_code is not null and is_denied(records.error_code)
        and records.event_time >= (select min(changed_at) from changes) - to_hours($hours::integer)
        and records.event_time <= (select max(changed_at) from changes)
),
tried as materialized (
    select changes.*, refused.event_source, refused.event_name, refused.event_time as refused_at, refused.event_id as refused_id
    from changes
    join refused
        on refused.principal = changes.principal
        and refused.event_time between changes.changed_at - to_hours($hours::integer) and changes.changed_at
        -- A role has many users: what one of them was refused is not another one's refusal.
        and ($by_others::boolean or refused.origin = changes.origin)
),
triers as materialized (
    select *
    from principals
    where principal in (select principal from tried)
),
allowed as (
    select
        triers.principal,
        records.event_source,
        records.event_name,
        records.event_time,
        records.event_id,
        triers.use_id,
        triers.principal_id,
        triers.arn
    from records
    join triers on triers.identity_id = records.identity_id
    anti join records_apart
        on records_apart.file_id = records.file_id and records_apart.record = records.record
    where records.error_code is null
        and ($since::timestamp is null or records.event_time >= $since)
        and ($until::timestamp is null or records.event_time < $until)
),
followed as (
    select
        tried.*,
        allowed.event_time as allowed_at,
        allowed.event_id as allowed_id,
        origin_key(origins.kind, origins.id, origins.arn, allowed.principal_id, allowed.use_id) as caller_origin,
        origin_words(origins.kind, origins.name, origins.id, origins.arn, allowed.arn, origins.grade) as caller
    from tried
    join allowed
        on allowed.principal = tried.principal
        and allowed.event_source = tried.event_source
        and allowed.event_name = tried.event_name
        and allowed.event_time between tried.changed_at and tried.changed_at + to_hours($hours::integer)
    join origins
        on origins.use_id = allowed.use_id
        and (origins.covers_from is null or allowed.event_time >= origins.covers_from)
        and (origins.covers_until is null or allowed.event_time <= origins.covers_until)
    where $by_others::boolean or caller_origin = tried.origin
),
shown as (
    select *, unnest([
        {'at': refused_at, 'id': refused_id},
        {'at': changed_at, 'id': change_id},
        {'at': allowed_at, 'id': allowed_id}
    ]) as call
    from followed
)
select
    [origin, principal, caller_origin] as key,
    format(
        '{} changed the permissions of {} by {}; {} then called {}, which had been refused',
        of_first(who, changed_at, change_id),
        principal,
        array_to_string(list_sort(list_distinct(list(change))), ', '),
        of_first(caller, allowed_at, allowed_id),
        array_to_string(list_sort(list_distinct(list(event_name)))[:5], ', ')
    ) as summary,
    any_value(recipient_account_id) as account_id,
    of_first(use_id, changed_at, change_id) as use_id,
    min(refused_at) as first_seen,
    max(allowed_at) as last_seen,
    count(distinct call.id) as event_count,
    evidence_ids(call.id, call.at) as event_ids,
    list_sort(list_distinct(list(event_name))) as called,
    of_first(caller, allowed_at, allowed_id) as called_by
from shown
group by origin, principal, caller_origin
order by first_seen, origin, principal, caller_origin
