-- What two plain joins over the same records would answer. Both take a record's own word where it names
-- a user, root or service, and walk from caller to caller; they differ in what ties a use to an issuance.

-- The name that a record gives by itself, spelled as in docs/json.md; null where it is a role session.
create or replace temp macro named(
    kind, principal, account, issuer_principal, invoked_by, identity_provider, user_name, person, session
) as case kind
    when 'IAMUser' then principal
    when 'Root' then account
    when 'FederatedUser' then issuer_principal
    when 'IdentityCenterUser' then person
    when 'AWSAccount' then account || '#' || principal
    when 'SAMLUser' then identity_provider || '#' || user_name
    when 'WebIdentityUser' then regexp_extract(identity_provider, '([^/]*(/id/[^/]*)?)$', 1) || '#' || user_name
    when 'AWSService' then
        case
            when invoked_by in ('ec2.amazonaws.com', 'lambda.amazonaws.com', 'ecs-tasks.amazonaws.com')
                then coalesce(session, invoked_by)
            else invoked_by
        end
end;

create or replace temp table plain_events as
select
    event_id,
    recipient_account_id,
    event_time,
    nullif(access_key_id, '') as access_key_id,
    principal_id,
    creation_date,
    named(
        user_identity_type, principal_id, account_id, session_issuer_principal_id, invoked_by,
        identity_provider, user_name, on_behalf_of_identity_store_arn || '#' || on_behalf_of_user_id, null
    ) as origin
from store.events;

-- One row for each issued key and second; the copy that names its caller best comes first.
create or replace temp table plain_issuances as
select
    row_number() over (order by event_time, issued_key, event_id) as issuance,
    event_time,
    issued_key,
    session_principal,
    caller_key,
    caller_principal,
    caller_created,
    coalesce(saml_issuer || '#' || saml_subject, caller) as caller
from (
    select
        event_id,
        event_time,
        json_extract_string(response_elements, '$.credentials.accessKeyId') as issued_key,
        json_extract_string(response_elements, '$.assumedRoleUser.assumedRoleId') as session_principal,
        nullif(access_key_id, '') as caller_key,
        principal_id as caller_principal,
        creation_date as caller_created,
        json_extract_string(response_elements, '$.issuer') as saml_issuer,
        json_extract_string(response_elements, '$.subject') as saml_subject,
        named(
            user_identity_type, principal_id, account_id, session_issuer_principal_id, invoked_by,
            identity_provider, user_name, null, json_extract_string(request_parameters, '$.roleSessionName')
        ) as caller,
        user_identity_type
    from store.events
    where json_extract_string(response_elements, '$.credentials.accessKeyId') is not null
)
qualify row_number() over (
    partition by issued_key, event_time, coalesce(session_principal, '')
    order by user_identity_type = 'AWSAccount', event_id
) = 1;

-- (a) The issued key is the used key; of several issuances of one key, the last before the use.
create or replace temp table key_parents as
select child.issuance, parent.issuance as parent
from (select * from plain_issuances where caller is null and caller_key is not null) as child
asof join plain_issuances as parent
    on parent.issued_key = child.caller_key and parent.event_time <= child.event_time;

create or replace temp table key_ends as
with recursive walk as (
    select issuance as start, issuance as at, 0 as hops from plain_issuances
    union all
    select walk.start, key_parents.parent, walk.hops + 1
    from walk
    inner join key_parents on key_parents.issuance = walk.at
    where walk.hops < 256
)
select walk.start as issuance, any_value(plain_issuances.caller) as origin
from walk
inner join plain_issuances on plain_issuances.issuance = walk.at
where plain_issuances.caller is not null
group by walk.start;

create or replace temp table by_key as
select event_id, recipient_account_id, origin
from plain_events
where origin is not null
union all
select uses.event_id, uses.recipient_account_id, key_ends.origin
from (select * from plain_events where origin is null and access_key_id is not null) as uses
asof join plain_issuances
    on plain_issuances.issued_key = uses.access_key_id and plain_issuances.event_time <= uses.event_time
inner join key_ends on key_ends.issuance = plain_issuances.issuance;

-- (b) The session's principal id and creation date are those of the issuance; of several, any.
create or replace temp table sessions as
select session_principal, event_time, min(issuance) as issuance
from plain_issuances
where session_principal is not null
group by all;

create or replace temp table session_ends as
with recursive parents as (
    select plain_issuances.issuance, sessions.issuance as parent
    from plain_issuances
    inner join sessions
        on sessions.session_principal = plain_issuances.caller_principal
        and sessions.event_time = plain_issuances.caller_created
    where plain_issuances.caller is null
),
walk as (
    select issuance as start, issuance as at, 0 as hops from plain_issuances
    union all
    select walk.start, parents.parent, walk.hops + 1
    from walk
    inner join parents on parents.issuance = walk.at
    where walk.hops < 256
)
select walk.start as issuance, any_value(plain_issuances.caller) as origin
from walk
inner join plain_issuances on plain_issuances.issuance = walk.at
where plain_issuances.caller is not null
group by walk.start;

create or replace temp table by_session as
select event_id, recipient_account_id, origin
from plain_events
where origin is not null
union all
select uses.event_id, uses.recipient_account_id, session_ends.origin
from plain_events as uses
inner join sessions
    on sessions.session_principal = uses.principal_id and sessions.event_time = uses.creation_date
inner join session_ends on session_ends.issuance = sessions.issuance
where uses.origin is null;
