-- Facts: what the events say about credentials, before anything is tied together.

-- Every identity with what provenance reads in it. One `use_id` is one credential as far as its
-- records can tell: type, key, principal, creation date, account, service in between, and whether
-- the caller was authenticated, which only the record says.
create table if not exists named_identities (
    identity_id integer not null,
    join_key varchar,                 -- access_key_id where it may join, else null
    session_name varchar,             -- chosen by the caller: proves nothing (T09)
    unsure_arn varchar,               -- the ARN, where the principal id is no unique id
    on_behalf_of varchar,             -- '<identityStoreArn>#<userId>'
    subject varchar,                  -- a person or workload named by somebody other than IAM
    authenticated_use_id varchar not null,
    unauthenticated_use_id varchar not null
);

-- Records whose use is not the authenticated one of their identity: failed sign-ins, refused
-- credentials, what only another account's log claims, and role switches; and those in files that
-- failed verification, whatever their use. They are few.
create table if not exists records_apart (
    event_time timestamp not null,
    authenticated boolean not null,
    use_id varchar not null,
    file_id integer not null,
    record bigint not null
);

-- Every event with the use that it belongs to.
create or replace view identified_events as
select
    events.* exclude (identity_id),
    named_identities.join_key,
    named_identities.session_name,
    named_identities.unsure_arn,
    named_identities.on_behalf_of,
    named_identities.subject,
    coalesce(records_apart.authenticated, true) as authenticated,
    coalesce(records_apart.use_id, named_identities.authenticated_use_id) as use_id
from events
join named_identities on named_identities.identity_id = events.identity_id
left join records_apart
    on records_apart.file_id = events.file_id and records_apart.record = events.record;

create table if not exists uses (
    use_id varchar not null,
    user_identity_type varchar,
    access_key_id varchar,
    join_key varchar,                 -- access_key_id where it may join, else null
    principal_id varchar,
    creation_date timestamp,
    account_id varchar,
    invoked_by varchar,
    subject varchar,
    delegate_account_id varchar,      -- provider acting by temporary delegation
    authenticated boolean not null,
    arn varchar,
    user_name varchar,
    session_name varchar,
    session_issuer_type varchar,
    session_issuer_principal_id varchar,
    session_issuer_arn varchar,
    session_issuer_account_id varchar,
    session_issuer_user_name varchar,
    source_identity varchar,
    source_identity_differs boolean not null,  -- its events contradict each other
    on_behalf_of varchar,                -- '<identityStoreArn>#<userId>', the least of them
    on_behalf_of_differs boolean not null,     -- more than one person is stamped on it
    credentials_issued_to varchar,
    credentials_issued_to_differs boolean not null,
    ec2_role_delivery varchar,
    assumed_root boolean,
    sign_in_session_arn varchar,      -- not of CreateOAuth2Token, whose records name the child session
    federated_provider varchar,
    from_console boolean,
    form_grade tinyint not null,      -- the best that the form of its records allows: 4 proof, 3 strong, 2 probable
    first_seen timestamp not null,
    last_seen timestamp not null,
    event_count bigint not null
);

-- What one record says of one credential that it shows as issued: what `issuances` is made from.
create table if not exists issuing_calls (
    issuance_id varchar not null,
    kind varchar not null,
    event_time timestamp not null,
    event_source varchar,
    event_name varchar not null,
    aws_region varchar,
    role_arn varchar,
    issued_session_name varchar,
    issued_key varchar,
    session_principal_id varchar,
    session_arn varchar,
    expiration timestamp not null,
    issued_source_identity varchar,
    session_policy varchar,
    policy_arns varchar,
    tags varchar,
    saml_issuer varchar,
    issued_subject varchar,
    switched_from varchar,
    issued_sign_in_session_arn varchar,
    use_id varchar not null,                   -- of the record, as its own columns below
    user_identity_type varchar,
    principal_id varchar,
    arn varchar,
    account_id varchar,
    access_key_id varchar,
    creation_date timestamp,
    invoked_by varchar,
    identity_provider varchar,
    user_name varchar,
    caller_known boolean not null,
    caller_told boolean not null,
    told_elsewhere boolean not null,
    source_identity_changed boolean not null,
    form_grade tinyint not null,
    event_id varchar,
    recipient_account_id varchar,
    shared_event_id varchar,
    request_id varchar,
    file_id integer not null,
    record bigint not null
);

-- One issued credential; the account copies of a call are one row (L15, L16).
create table if not exists issuances (
    issuance_id varchar not null,
    kind varchar not null,            -- assume_role, saml, web_identity, session_token,
                                      -- federation_token, assume_root, console_login, switch_role,
                                      -- signin_token, oauth2_token, cognito_identity, roles_anywhere,
                                      -- lake_formation, other
    event_time timestamp not null,
    event_source varchar,
    event_name varchar not null,
    aws_region varchar,
    role_arn varchar,
    session_name varchar,
    issued_key varchar,               -- null: not in the record
    session_principal_id varchar,     -- null: not in the record (EC2, Lambda, ECS; truncated)
    session_arn varchar,
    expiration timestamp not null,
    source_identity varchar,          -- requested, or inherited from the caller
    session_policy varchar,
    policy_arns varchar,              -- JSON array
    tags varchar,                     -- JSON
    saml_issuer varchar,
    subject varchar,
    switched_from varchar,            -- ARN, of a SwitchRole
    caller_use_id varchar not null,
    caller_type varchar,
    caller_principal_id varchar,
    caller_arn varchar,
    caller_account_id varchar,
    caller_access_key_id varchar,
    caller_creation_date timestamp,
    caller_invoked_by varchar,
    caller_identity_provider varchar,
    caller_user_name varchar,
    sign_in_session_arn varchar,      -- of the session that a CreateOAuth2Token began
    caller_held boolean not null,     -- false: only the copy of another account than the caller's
    callers_differ boolean not null,  -- its records name different callers
    conflicting boolean not null,     -- its records contradict each other in any way
    paired_by_key boolean not null,   -- L16: its account copies share no event or request id
    form_grade tinyint not null,      -- the best that the form of what tells of it allows, as of a use
    -- The records of the call, one for each account that was told.
    evidence struct(event_id varchar, recipient_account_id varchar, file_id integer, record bigint)[] not null
);

-- Who made, changed or could drive a workload or a long-term key: context, never a hop.
create table if not exists resource_events (
    resource_id varchar not null,     -- instance id, function name, access key id
    relation varchar not null,        -- launched, changed, could_drive, created, deleted
    event_time timestamp not null,
    event_name varchar not null,
    account_id varchar,
    arn varchar,
    access_key_id varchar,
    event_id varchar,
    recipient_account_id varchar,
    file_id integer not null,
    record bigint not null
);

-- Links: which issuance a use belongs to, kept or refused, with the rule that says so, and the use
-- that made the issuing call. An issuance whose key was never used has a link of its own, whose
-- use_id is its issuance_id (rule 'issued').
create table if not exists links (
    use_id varchar not null,
    issuance_id varchar not null,
    rule varchar not null,
    grade varchar not null,           -- none: refused
    why varchar not null,
    parent_use_id varchar,            -- the use that made the issuing call; null: none of these logs
    parent_rule varchar,              -- how it was found, where the call's record does not say
    parent_lived boolean              -- false: the parent's credential did not live at that time
);

-- Where the chain of each use ends.
create table if not exists origins (
    use_id varchar not null,
    kind varchar not null,
    id varchar,
    arn varchar,
    account_id varchar,
    name varchar,
    grade varchar not null,
    stop varchar not null,
    hops bigint not null,
    covers_from timestamp,            -- events of the use before this are not covered (C09)
    covers_until timestamp            -- events of the use after this are not covered (T16)
);

-- Records whose own identity is not that of the caller, with the use that stands for the caller.
create table if not exists copies (
    event_time timestamp not null,
    file_id integer not null,
    record bigint not null,
    use_id varchar not null,
    rule varchar not null             -- L15: the caller's own record of the call; L17: a session
                                      -- of that time, if all are of one origin; issued: a session that
                                      -- the record began
);

-- In two parts, so that an origin that is asked for leads to its identities, and these to their
-- records: first what is simply a call of its identity, then `records_apart` and `copies`.
-- It joins tables, not the view `events`: DuckDB would first join all that such a view joins.
create or replace view events_with_origin as
select
    records.* exclude (identity_id, file_id, record, extra, session_credential_from_console),
    identities.* exclude (identity_id, extra, session_credential_from_console),
    coalesce(
        records.session_credential_from_console, identities.session_credential_from_console
    ) as session_credential_from_console,
    whole_extra(records.extra, identities.extra) as extra,
    records.file_id,
    records.record,
    named_identities.join_key,
    named_identities.session_name,
    named_identities.unsure_arn,
    named_identities.on_behalf_of,
    named_identities.subject,
    true as authenticated,
    named_identities.authenticated_use_id as use_id,
    origins.kind as origin_kind,
    origins.id as origin_id,
    origins.arn as origin_arn,
    origins.account_id as origin_account_id,
    origins.name as origin_name,
    origins.grade as origin_grade,
    origins.stop as origin_stop,
    origins.hops as origin_hops
from records
join identities on identities.identity_id = records.identity_id
join named_identities on named_identities.identity_id = records.identity_id
left join origins
    on origins.use_id = named_identities.authenticated_use_id
    and (origins.covers_from is null or records.event_time >= origins.covers_from)
    and (origins.covers_until is null or records.event_time <= origins.covers_until)
anti join records_apart
    on records_apart.file_id = records.file_id and records_apart.record = records.record
anti join copies on copies.file_id = records.file_id and copies.record = records.record
union all
select
    records.* exclude (identity_id, file_id, record, extra, session_credential_from_console),
    identities.* exclude (identity_id, extra, session_credential_from_console),
    coalesce(
        records.session_credential_from_console, identities.session_credential_from_console
    ) as session_credential_from_console,
    whole_extra(records.extra, identities.extra) as extra,
    records.file_id,
    records.record,
    named_identities.join_key,
    named_identities.session_name,
    named_identities.unsure_arn,
    named_identities.on_behalf_of,
    named_identities.subject,
    coalesce(apart.authenticated, true) as authenticated,
    coalesce(apart.use_id, named_identities.authenticated_use_id) as use_id,
    origins.kind as origin_kind,
    origins.id as origin_id,
    origins.arn as origin_arn,
    origins.account_id as origin_account_id,
    origins.name as origin_name,
    case
        when files.integrity = 'failed' and origins.grade in ('proof', 'strong', 'probable') then 'weak'
        when apart.copied_by = 'L17' and origins.grade in ('proof', 'strong') then 'probable'
        else origins.grade
    end as origin_grade,
    origins.stop as origin_stop,
    origins.hops as origin_hops
from (
    select
        coalesce(records_apart.event_time, copies.event_time) as event_time,
        coalesce(records_apart.file_id, copies.file_id) as file_id,
        coalesce(records_apart.record, copies.record) as record,
        records_apart.authenticated,
        records_apart.use_id,
        coalesce(copies.use_id, records_apart.use_id) as use_id_of_caller,
        copies.rule as copied_by
    from records_apart
    full join copies
        on copies.file_id = records_apart.file_id and copies.record = records_apart.record
) as apart
join records
    on records.event_time = apart.event_time
    and records.file_id = apart.file_id
    and records.record = apart.record
join files on files.file_id = apart.file_id
join identities on identities.identity_id = records.identity_id
join named_identities on named_identities.identity_id = records.identity_id
left join origins
    on origins.use_id = apart.use_id_of_caller
    and (origins.covers_from is null or records.event_time >= origins.covers_from)
    and (origins.covers_until is null or records.event_time <= origins.covers_until);

-- The origin of an issuance's caller that is no session or user of these logs.
create table if not exists caller_origins (
    issuance_id varchar not null,
    kind varchar not null,
    id varchar,
    arn varchar,
    account_id varchar,
    name varchar,
    grade varchar not null,
    stop varchar not null
);

-- What is known of each source address in the records; empty as long as no list of networks was given.
create table if not exists addresses (
    address varchar not null,         -- as the records have it
    kind varchar not null,            -- public, private, service: a name of AWS's, other
    of_aws boolean not null,          -- AWS's own: a service, or in AWS's address space
    network varchar,                  -- own network around it
    aws_service varchar,              -- as ip-ranges.json names it; EC2 is anybody's instances
    aws_region varchar,
    asn bigint,
    as_name varchar,
    country varchar,                  -- ISO 3166
    city varchar,
    latitude double,
    longitude double,
    accuracy_km bigint,
    label varchar                     -- all that in a few words
);
