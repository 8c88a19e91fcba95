-- The store: one DuckDB file. Times are UTC. Column names are snake_case of AWS's names.
-- Session tokens are removed before a row is written (macros.sql, redact_tokens).

create table if not exists meta (
    schema_version integer not null,  -- of this file
    created_by varchar not null       -- trailtrace version that made the store
);

create sequence if not exists file_ids;

-- One row per source object. read = kept + duplicate + rejected + not_events, always.
create table if not exists files (
    file_id integer primary key,
    uri varchar not null,
    size_bytes bigint not null,       -- as stored, still compressed
    sha256 varchar not null,          -- of the bytes as stored
    container varchar not null,       -- how records were wrapped, e.g. 'trail'
    integrity varchar not null,       -- 'unchecked' until a digest chain is verified
    read bigint not null,
    kept bigint not null,
    duplicate bigint not null,
    rejected bigint not null,
    not_events bigint not null        -- digests, Insights, aggregated records, notifications
);

-- What one userIdentity member says; the records of a credential share it. One ingest writes a text
-- once; the same text may come again with another.
create table if not exists identities (
    identity_id integer not null,
    user_identity_type varchar,
    principal_id varchar,
    arn varchar,
    account_id varchar,
    access_key_id varchar,
    user_name varchar,
    invoked_by varchar,
    identity_provider varchar,
    credential_id varchar,
    on_behalf_of_user_id varchar,
    on_behalf_of_identity_store_arn varchar,
    invoked_by_delegate_account_id varchar,
    in_scope_of_source_arn varchar,
    in_scope_of_source_account varchar,
    in_scope_of_issuer_type varchar,
    credentials_issued_to varchar,
    session_issuer_type varchar,
    session_issuer_principal_id varchar,
    session_issuer_arn varchar,
    session_issuer_account_id varchar,
    session_issuer_user_name varchar,
    creation_date timestamp,
    mfa_authenticated boolean,
    source_identity varchar,
    ec2_role_delivery varchar,
    assumed_root boolean,
    sign_in_session_arn varchar,
    federated_provider varchar,
    session_credential_from_console boolean,
    extra varchar                     -- every member that has no column
);

-- The records themselves, without their userIdentity. Read them through the view `events`.
create table if not exists records (
    event_time timestamp not null,
    event_id varchar,
    event_version varchar,
    event_source varchar,
    event_name varchar not null,
    event_type varchar,
    event_category varchar,
    aws_region varchar,
    recipient_account_id varchar,
    source_ip_address varchar,
    user_agent varchar,
    error_code varchar,
    error_message varchar,
    request_id varchar,
    shared_event_id varchar,
    api_version varchar,
    read_only boolean,
    management_event boolean,
    vpc_endpoint_id varchar,
    vpc_endpoint_account_id varchar,
    session_credential_from_console boolean,
    session_token_sha256 varchar,     -- of the issued token, which itself is never stored
    -- JSON text: DuckDB's -> and ->> read it; a JSON column would parse it once more on the way in.
    request_parameters varchar,
    response_elements varchar,
    additional_event_data varchar,
    service_event_details varchar,
    resources varchar,
    tls_details varchar,
    addendum varchar,
    extra varchar,                    -- every member that has no column
    identity_id integer not null,
    file_id integer not null,
    record bigint not null            -- 1 for the first record of its file
);

create or replace view events as
select
    records.* exclude (identity_id, file_id, record, extra, session_credential_from_console),
    identities.* exclude (identity_id, extra, session_credential_from_console),
    coalesce(
        records.session_credential_from_console, identities.session_credential_from_console
    ) as session_credential_from_console,
    case
        when identities.extra is null then records.extra
        else cast(json_merge_patch(
            coalesce(records.extra, '{}'), '{"userIdentity":' || identities.extra || '}'
        ) as varchar)
    end as extra,
    records.identity_id,
    records.file_id,
    records.record
from records
join identities on identities.identity_id = records.identity_id;

-- What could not become an event: a record, or (record 0) a whole file.
create table if not exists rejects (
    file_id integer not null,
    record bigint not null,
    reason varchar not null,
    detail varchar not null,          -- what was found, for a person
    excerpt varchar                   -- bounded, tokens removed
);

-- Event ids that name records of different content. Both records are kept; neither alone can prove.
create table if not exists conflicts (
    event_id varchar not null,
    recipient_account_id varchar
);
;
-- Expressions that more than one statement needs.

-- UTC timestamp of any time format seen in CloudTrail exports, else null: ISO with Z, offset or
-- neither, ISO basic, 'YYYY-MM-DD HH:MM:SS[.fff]', 'Jul 10, 2023, 12:31:14 PM' (with or without
-- the second comma, narrow no-break space allowed), epoch seconds or milliseconds.
create or replace macro parse_time(t) as coalesce(
    try_strptime(t, '%Y-%m-%dT%H:%M:%SZ'),
    case
        when t is null then null
        when regexp_full_match(t, '[0-9]{9,10}(\.[0-9]+)?')
            then make_timestamp(cast(round(try_cast(t as double) * 1000000) as bigint))
        when regexp_full_match(t, '[0-9]{12,13}')
            then make_timestamp(try_cast(t as bigint) * 1000)
        when regexp_matches(t, '[+-][0-9]{2}:?[0-9]{2}$') then cast(coalesce(
            try_strptime(replace(t, ' ', 'T'), '%Y-%m-%dT%H:%M:%S%z'),
            try_strptime(replace(t, ' ', 'T'), '%Y-%m-%dT%H:%M:%S.%f%z')
        ) as timestamp)
        else try_strptime(
            regexp_replace(replace(trim(t), chr(8239), ' '), '([0-9]:) ([0-9])', '\1\2', 'g'),
            [
                '%Y-%m-%dT%H:%M:%SZ',
                '%Y-%m-%dT%H:%M:%S.%fZ',
                '%Y-%m-%d %H:%M:%S',
                '%Y-%m-%d %H:%M:%S.%f',
                '%Y-%m-%dT%H:%M:%S',
                '%Y-%m-%dT%H:%M:%S.%f',
                '%Y%m%dT%H%M%SZ',
                '%b %d, %Y, %I:%M:%S %p',
                '%b %d, %Y %I:%M:%S %p'
            ]
        )
    end
);

-- AWS issued no credential before this; a time outside comes from a broken clock or a forger.
create or replace macro plausible_time(t) as case
    when t between timestamp '2000-01-01' and timestamp '2200-01-01' then t
end;

-- CloudTrail's booleans may be JSON booleans or strings.
create or replace macro parse_boolean(t) as try_cast(nullif(t, '') as boolean);

-- JSON text without session tokens and secrets, in any spelling, also inside nested JSON strings.
create or replace macro redact_tokens(j) as case
    when j is null then null
    when contains(j, 'oken') or contains(j, 'OKEN') or contains(j, 'ecret') or contains(j, 'ECRET')
        then regexp_replace(
            regexp_replace(
                j,
                '(?i)((?:session[_-]?tokens?|secret_?access_?key|refresh_?token|access_?token)\\*"\s*:\s*\[?\s*\\*")(?:[^"\\]|\\+[^"\\])+',
                '\1[redacted]',
                'g'
            ),
            '(?i)(x-amz-security-token(?:\\*"\s*:\s*\\*"|=))(?:[^"\\&]|\\+[^"\\])+',
            '\1[redacted]',
            'g'
        )
    else j
end;

-- A JSON member that a pipeline stored as text is read as the JSON it holds; "" and null are absent.
create or replace macro json_member(j) as case
    when j is null or cast(j as varchar) in ('null', '""', '"null"') then null
    when starts_with(cast(j as varchar), '"')
        then coalesce(try_cast(json_extract_string(j, '$') as json), j)
    else j
end;

-- True where a member that should be an object holds something else. DuckDB gives scalars no keys
-- and reads them as an object without members, as it does {}; "" and null are absent.
create or replace macro not_an_object(identity, path, keys, object) as case
    when len(keys) = 0 and object is not null
        then json_type(identity, path) <> 'OBJECT' and json_extract_string(identity, path) <> ''
    else false
end;

-- True where an object names a member twice.
create or replace macro names_twice(keys) as coalesce(len(keys) <> len(list_distinct(keys)), false);

-- Removing known members leaves empty parents behind; this drops them, innermost first.
create or replace macro drop_empty_members(j) as regexp_replace(
    regexp_replace(
        j,
        '"(?:onBehalfOf|invokedByDelegate|inScopeOf|sessionIssuer|attributes|webIdFederationData|sessionContext)":\{\},?',
        '',
        'g'
    ),
    ',\}',
    '}',
    'g'
);
create or replace macro without_empty_objects(j) as drop_empty_members(drop_empty_members(j));

-- The members of a record that become columns, as from_json wants them. An object where text is
-- expected becomes its JSON text; what is absent becomes null.
create or replace macro record_shape() as '{
    "eventTime":"VARCHAR","eventID":"VARCHAR","eventVersion":"VARCHAR","eventSource":"VARCHAR",
    "eventName":"VARCHAR","eventType":"VARCHAR","eventCategory":"VARCHAR","awsRegion":"VARCHAR",
    "recipientAccountId":"VARCHAR","sourceIPAddress":"VARCHAR","userAgent":"VARCHAR",
    "errorCode":"VARCHAR","errorMessage":"VARCHAR","requestID":"VARCHAR","sharedEventID":"VARCHAR",
    "apiVersion":"VARCHAR","readOnly":"VARCHAR","managementEvent":"VARCHAR",
    "vpcEndpointId":"VARCHAR","vpcEndpointAccountId":"VARCHAR","sessionCredentialFromConsole":"VARCHAR",
    "requestParameters":"JSON","responseElements":"JSON","additionalEventData":"JSON",
    "serviceEventDetails":"JSON","resources":"JSON","tlsDetails":"JSON","addendum":"JSON"
}';

-- The same for its userIdentity member.
create or replace macro identity_shape() as '{
    "type":"VARCHAR","principalId":"VARCHAR","arn":"VARCHAR","accountId":"VARCHAR",
    "accessKeyId":"VARCHAR","userName":"VARCHAR","invokedBy":"VARCHAR",
    "identityProvider":"VARCHAR","credentialId":"VARCHAR",
    "onBehalfOf":{"userId":"VARCHAR","identityStoreArn":"VARCHAR"},
    "invokedByDelegate":{"accountId":"VARCHAR"},
    "inScopeOf":{"sourceArn":"VARCHAR","sourceAccount":"VARCHAR","issuerType":"VARCHAR",
        "credentialsIssuedTo":"VARCHAR"},
    "sessionContext":{
        "sourceIdentity":"VARCHAR","ec2RoleDelivery":"VARCHAR","assumedRoot":"VARCHAR",
        "signInSessionArn":"VARCHAR",
        "sessionIssuer":{"type":"VARCHAR","principalId":"VARCHAR","arn":"VARCHAR",
            "accountId":"VARCHAR","userName":"VARCHAR"},
        "attributes":{"creationDate":"VARCHAR","mfaAuthenticated":"VARCHAR",
            "sessionCredentialFromConsole":"VARCHAR"},
        "webIdFederationData":{"federatedProvider":"VARCHAR"}
    }
}';

-- AWS tells a principal's full identity to its own account alone; any other log only claims it.
-- Records had no recipient before version 1.02.
create or replace macro told_by_own_account(type, account, arn, recipient, version) as case
    when not coalesce(
        type in ('IAMUser', 'AssumedRole', 'Root', 'FederatedUser', 'IdentityCenterUser', 'Role'), false
    ) then true
    when recipient is null then coalesce(version in ('1.0', '1.00', '1.01'), true)
    else coalesce(recipient = coalesce(account, nullif(split_part(arn, ':', 5), '')), true)
end;

-- The use of a SwitchRole record is its own: it is signed by a session that has no key yet.
create or replace macro use_id_at(use_id, source, name, moment) as case
    when source = 'signin.amazonaws.com' and name = 'SwitchRole'
        then md5(use_id || chr(31) || cast(moment as varchar))
    else use_id
end;

-- A failed sign-in, a rejected token or a wrong signature names a principal that did not act.
create or replace macro is_authenticated(source, name, response, error) as not (
    (name = 'ConsoleLogin' and coalesce(json_extract_string(response, '$.ConsoleLogin'), '') <> 'Success')
    or (name = 'SwitchRole' and source = 'signin.amazonaws.com'
        and coalesce(json_extract_string(response, '$.SwitchRole'), '') <> 'Success')
    or (name = 'CheckMfa' and source = 'signin.amazonaws.com')
    or coalesce(error, '') in (
        'SignatureDoesNotMatch', 'InvalidSignatureException', 'InvalidClientTokenId',
        'InvalidAccessKeyId', 'UnrecognizedClientException', 'IncompleteSignature',
        'MissingAuthenticationToken', 'AuthFailure', 'Client.AuthFailure', 'InvalidToken'
    )
    or (name in ('AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity') and coalesce(error, '') in (
        'InvalidIdentityToken', 'InvalidIdentityTokenException', 'IDPRejectedClaim',
        'IDPRejectedClaimException', 'ExpiredToken', 'ExpiredTokenException'
    ))
);

-- The name of one use: all that its records say about which credential signed them.
create or replace macro use_id_of(type, key, principal, created, account, service, subject, delegate, arn, authenticated) as md5(
    coalesce(type, '') || chr(31) || coalesce(key, '') || chr(31) || coalesce(principal, '') || chr(31)
    || coalesce(cast(created as varchar), '') || chr(31) || coalesce(account, '') || chr(31)
    || coalesce(service, '') || chr(31) || coalesce(subject, '') || chr(31) || coalesce(delegate, '')
    || chr(31) || coalesce(arn, '') || chr(31) || case when authenticated then '' else 'unauthenticated' end
);
;
-- Facts: what the events say about credentials, before anything is tied together.

-- Every identity with what provenance reads in it. One `use_id` is one credential as far as its
-- records can tell: type, key, principal, creation date, account, service in between, and whether
-- the caller was authenticated, which only the record says.
create or replace view named_identities as
with named as (
    select
        *,
        -- Only such ids may join: placeholders and masked ids name no credential. Anonymised logs
        -- hold digits that base32 lacks, so all of 0-9 is accepted.
        case
            when regexp_full_match(access_key_id, '(AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}')
                then access_key_id
        end as join_key,
        -- The session name: behind the first colon of a role session's principal id, else behind
        -- the last slash of its ARN. It was chosen by the caller and proves nothing (T09).
        case
            when user_identity_type in ('AssumedRole', 'AWSAccount') and contains(principal_id, ':')
                then substr(principal_id, strpos(principal_id, ':') + 1)
            when user_identity_type = 'AssumedRole' then regexp_extract(arn, '/([^/]+)$', 1)
        end as session_name,
        -- A placeholder is no unique id: without one, only the ARN tells principals apart.
        case
            when not coalesce(
                regexp_full_match(principal_id, '(A(IDA|ROA)[A-Z0-9]{8,}|[0-9]{12})(:.*)?'), false
            ) then arn
        end as unsure_arn,
        on_behalf_of_identity_store_arn || '#' || on_behalf_of_user_id as on_behalf_of,
        -- A person or workload named by somebody other than IAM.
        case
            when user_identity_type = 'IdentityCenterUser'
                then coalesce(on_behalf_of_identity_store_arn, '') || '#' || coalesce(on_behalf_of_user_id, '')
            when user_identity_type in ('SAMLUser', 'WebIdentityUser')
                then coalesce(identity_provider, '') || '#' || coalesce(user_name, '')
            when principal_id is null and arn is null and access_key_id is null then user_name
        end as subject
    from identities
)
select
    *,
    use_id_of(
        user_identity_type, access_key_id, principal_id, creation_date, account_id, invoked_by, subject,
        invoked_by_delegate_account_id, unsure_arn, true
    ) as authenticated_use_id,
    use_id_of(
        user_identity_type, access_key_id, principal_id, creation_date, account_id, invoked_by, subject,
        invoked_by_delegate_account_id, unsure_arn, false
    ) as unauthenticated_use_id
from named;

-- Every event with the use that it belongs to.
create or replace view identified_events as
select
    events.* exclude (identity_id),
    named_identities.join_key,
    named_identities.session_name,
    named_identities.unsure_arn,
    named_identities.on_behalf_of,
    named_identities.subject,
    is_authenticated(event_source, event_name, response_elements, error_code)
        and told_by_own_account(
            events.user_identity_type, events.account_id, events.arn, recipient_account_id, event_version
        ) as authenticated,
    use_id_at(
        case
            when authenticated then named_identities.authenticated_use_id
            else named_identities.unauthenticated_use_id
        end,
        event_source, event_name, event_time
    ) as use_id
from events
join named_identities on named_identities.identity_id = events.identity_id;

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
    file_id integer not null,
    record bigint not null,
    use_id varchar not null,
    rule varchar not null             -- L15: the caller's own record of the call; L17: a session
                                      -- of that time, if all are of one origin; issued: a session that
                                      -- the record began
);

create or replace view events_with_origin as
select
    identified_events.*,
    origins.kind as origin_kind,
    origins.id as origin_id,
    origins.arn as origin_arn,
    origins.account_id as origin_account_id,
    origins.name as origin_name,
    case
        when copies.rule = 'L17' and origins.grade in ('proof', 'strong') then 'probable'
        else origins.grade
    end as origin_grade,
    origins.stop as origin_stop,
    origins.hops as origin_hops
from identified_events
left join copies
    on copies.file_id = identified_events.file_id and copies.record = identified_events.record
left join origins
    on origins.use_id = coalesce(copies.use_id, identified_events.use_id)
    and (origins.covers_from is null or identified_events.event_time >= origins.covers_from)
    and (origins.covers_until is null or identified_events.event_time <= origins.covers_until);

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
;
-- Every call once. Leaves out what is only another account's or an endpoint owner's copy of a call
-- that the caller's own account recorded too: a copy does not know who called.
create or replace view calls as
select *
from events_with_origin
where coalesce(event_category, '') <> 'NetworkActivity'
    and not (
        coalesce(user_identity_type, '') = 'AWSAccount'
        and shared_event_id is not null
        and shared_event_id in (
            select records.shared_event_id
            from records
            join identities on identities.identity_id = records.identity_id
            where records.shared_event_id is not null
                and coalesce(identities.user_identity_type, '') <> 'AWSAccount'
                and coalesce(records.event_category, '') <> 'NetworkActivity'
        )
    );
;
-- One row per credential, used or not, as who-did answers for it: the uses of one credential (its own
-- calls, calls that a service made with it) are one row, and the one signed directly speaks for it.
-- A caller that only copies in other accounts name is a row only if its own record is not held.
create or replace view sessions as
with ranked as (
    select
        *,
        row_number() over (
            credential order by authenticated desc, invoked_by is not null, event_count desc, use_id
        ) as place,
        min(first_seen) over credential as credential_first_seen,
        max(last_seen) over credential as credential_last_seen,
        sum(event_count) over credential as credential_event_count
    from uses
    where coalesce(user_identity_type, '') <> 'AWSAccount'
        or use_id in (select calls.use_id from calls where calls.user_identity_type = 'AWSAccount')
    window credential as (
        partition by
            access_key_id,
            principal_id,
            creation_date,
            account_id,
            authenticated,
            delegate_account_id,
            case when access_key_id is null then subject end
    )
),
used as (
    select
        use_id,
        access_key_id,
        user_identity_type,
        principal_id,
        arn,
        account_id,
        user_name,
        session_name,
        session_issuer_arn as role_arn,
        source_identity,
        on_behalf_of,
        authenticated,
        from_console,
        ec2_role_delivery,
        creation_date as created,
        credential_first_seen as first_seen,
        credential_last_seen as last_seen,
        cast(credential_event_count as bigint) as event_count
    from ranked
    where place = 1
),
unused as (
    select distinct
        links.use_id,
        issuances.issued_key as access_key_id,
        cast(null as varchar) as user_identity_type,
        issuances.session_principal_id as principal_id,
        issuances.session_arn as arn,
        nullif(split_part(coalesce(issuances.session_arn, issuances.role_arn), ':', 5), '') as account_id,
        cast(null as varchar) as user_name,
        issuances.session_name,
        issuances.role_arn,
        issuances.source_identity,
        cast(null as varchar) as on_behalf_of,
        true as authenticated,
        cast(null as boolean) as from_console,
        cast(null as varchar) as ec2_role_delivery,
        issuances.event_time as created,
        cast(null as timestamp) as first_seen,
        cast(null as timestamp) as last_seen,
        cast(0 as bigint) as event_count
    from links
    join issuances on issuances.issuance_id = links.issuance_id
    where links.use_id = links.issuance_id
),
credentials as (
    select * from used
    union all
    select * from unused
),
fitting as (
    select
        use_id,
        count(distinct issuance_id) as candidates,
        min(issuance_id) as issuance_id,
        min(rule) as rule
    from links
    where grade <> 'none'
    group by use_id
)
select
    credentials.*,
    coalesce(fitting.candidates, 0) as candidates,
    case when fitting.candidates = 1 then fitting.rule end as rule,
    issuances.issuance_id,
    issuances.kind as issuance_kind,
    issuances.event_name as issuing_event_name,
    issuances.event_time as issued_at,
    issuances.expiration as expires,
    issuances.caller_arn,
    origins.kind as origin_kind,
    origins.id as origin_id,
    origins.arn as origin_arn,
    origins.account_id as origin_account_id,
    origins.name as origin_name,
    origins.grade as origin_grade,
    origins.stop as origin_stop,
    origins.hops as origin_hops,
    origins.covers_until as origin_covers_until
from credentials
left join fitting on fitting.use_id = credentials.use_id
left join issuances on issuances.issuance_id = fitting.issuance_id and fitting.candidates = 1
left join origins on origins.use_id = credentials.use_id;
;
-- One row per hop: a credential, the call that issued it, and the credential that made that call.
-- Walk back with chains.use_id = parent_use_id; a use with several rows has several candidates.
create or replace view chains as
select
    links.use_id,
    coalesce(uses.access_key_id, issuances.issued_key) as access_key_id,
    coalesce(uses.principal_id, issuances.session_principal_id) as principal_id,
    coalesce(uses.arn, issuances.session_arn) as arn,
    coalesce(
        uses.account_id, nullif(split_part(coalesce(issuances.session_arn, issuances.role_arn), ':', 5), '')
    ) as account_id,
    uses.first_seen,
    uses.last_seen,
    coalesce(uses.event_count, 0) as event_count,
    links.rule,
    links.grade,
    links.why,
    fitting.candidates,
    issuances.issuance_id,
    issuances.kind as issuance_kind,
    issuances.event_time as issued_at,
    issuances.event_source,
    issuances.event_name,
    issuances.aws_region,
    issuances.role_arn,
    issuances.session_name,
    issuances.source_identity,
    issuances.issued_key as issued_access_key_id,
    issuances.expiration as expires,
    issuances.caller_type,
    issuances.caller_principal_id,
    issuances.caller_arn,
    issuances.caller_account_id,
    issuances.caller_access_key_id,
    issuances.caller_invoked_by,
    issuances.caller_held,
    links.parent_use_id,
    links.parent_rule,
    links.parent_lived,
    issuances.evidence[1].event_id as event_id,
    issuances.evidence[1].recipient_account_id as recipient_account_id,
    files.uri as source,
    issuances.evidence[1].record as record,
    files.sha256
from links
join issuances on issuances.issuance_id = links.issuance_id
join (
    select use_id, count(distinct issuance_id) as candidates
    from links
    where grade <> 'none'
    group by use_id
) as fitting on fitting.use_id = links.use_id
left join uses on uses.use_id = links.use_id
left join files on files.file_id = issuances.evidence[1].file_id
where links.grade <> 'none';
;
-- hops_of('ASIA…'), hops_of(use_id): every hop from a credential back, nearest first. Of several
-- candidates all are walked; a circle is walked once.
create or replace macro hops_of(credential) as table
with recursive walk as (
    select 1 as hop, [chains.use_id] as path, chains.*
    from chains
    where chains.use_id = credential or chains.access_key_id = credential
    union all
    select walk.hop + 1 as hop, list_append(walk.path, chains.use_id) as path, chains.*
    from walk
    join chains on chains.use_id = walk.parent_use_id
    where not list_contains(walk.path, chains.use_id)
        and walk.hop < 100
)
select path[1] as from_use_id, * exclude (path)
from walk
order by from_use_id, hop, issued_at, issuance_id, parent_use_id;
;
-- Account × Region × day, for every day between the first and the last event of the store: what is
-- there and the longest run of whole hours without an event. A silent hour may be quiet or missing.
-- After a year without any event days are no longer counted out: one false time may lie far away.
create or replace view coverage as
with hourly as (
    select
        recipient_account_id,
        aws_region,
        date_trunc('hour', event_time) as hour,
        count(*) as events,
        min(event_time) as first_event,
        max(event_time) as last_event
    from records
    group by recipient_account_id, aws_region, hour
),
spaced as (
    select
        *,
        cast(hour as date) as day,
        extract(hour from hour) - coalesce(
            lag(extract(hour from hour)) over (
                partition by recipient_account_id, aws_region, cast(hour as date)
                order by hour
            ),
            -1
        ) - 1 as silent_before
    from hourly
),
daily as (
    select
        recipient_account_id,
        aws_region,
        day,
        cast(sum(events) as bigint) as events,
        count(*) as hours_with_events,
        greatest(max(silent_before), 23 - max(extract(hour from hour))) as longest_gap_hours,
        min(first_event) as first_event,
        max(last_event) as last_event
    from spaced
    group by recipient_account_id, aws_region, day
),
places as (
    select recipient_account_id, aws_region, min(day) as first_day, max(day) as last_day
    from daily
    group by recipient_account_id, aws_region
),
busy as (
    select day, lead(day, 1, day + 1) over (order by day) as next_day
    from (select distinct day from daily)
),
days as (
    select cast(unnest(generate_series(
        cast(day as timestamp), cast(least(next_day - 1, day + 366) as timestamp), interval 1 day
    )) as date) as day
    from busy
)
select
    places.recipient_account_id as account_id,
    places.aws_region,
    days.day,
    coalesce(daily.events, 0) as events,
    coalesce(daily.hours_with_events, 0) as hours_with_events,
    coalesce(daily.longest_gap_hours, 24) as longest_gap_hours,
    daily.first_event,
    daily.last_event,
    case
        when daily.events is not null then 'events'
        when days.day between places.first_day and places.last_day then 'gap'
        when days.day < places.first_day then 'before'
        else 'after'
    end as state
from places
cross join days
left join daily
    on daily.recipient_account_id is not distinct from places.recipient_account_id
    and daily.aws_region is not distinct from places.aws_region
    and daily.day = days.day;
;
-- What the views and their columns mean; docs/schema.md is made from this.
comment on view events_with_origin is
    'One row per record kept, with all it says and the origin of the credential that made it. A call that two accounts recorded has a row for each copy: the view calls has it once.';
comment on column events_with_origin.event_time is 'when the call was completed';
comment on column events_with_origin.event_id is 'CloudTrail''s id of the record, one per account copy';
comment on column events_with_origin.event_version is 'version of the record format';
comment on column events_with_origin.event_source is 'host name of the service that was called';
comment on column events_with_origin.event_name is 'the call';
comment on column events_with_origin.event_type is 'AwsApiCall, AwsConsoleSignIn, AwsServiceEvent and others';
comment on column events_with_origin.event_category is 'Management, Data or NetworkActivity';
comment on column events_with_origin.aws_region is 'Region that recorded the call';
comment on column events_with_origin.recipient_account_id is 'account that recorded the call';
comment on column events_with_origin.source_ip_address is 'address the call came from, or the name of an AWS service that passed it on';
comment on column events_with_origin.user_agent is 'what the caller''s tool calls itself; the caller''s own text';
comment on column events_with_origin.error_code is 'how the call failed; null if it did not';
comment on column events_with_origin.error_message is 'the service''s words for the failure';
comment on column events_with_origin.request_id is 'the service''s id of the request';
comment on column events_with_origin.shared_event_id is 'the same for all account copies of one call';
comment on column events_with_origin.api_version is 'version of the API that was called';
comment on column events_with_origin.read_only is 'whether the call only reads';
comment on column events_with_origin.management_event is 'whether it is a management event';
comment on column events_with_origin.vpc_endpoint_id is 'VPC endpoint the call went through';
comment on column events_with_origin.vpc_endpoint_account_id is 'account of that endpoint';
comment on column events_with_origin.session_token_sha256 is 'hash of the session token that the call issued; the token is not stored';
comment on column events_with_origin.request_parameters is 'JSON text of what was asked for, tokens redacted';
comment on column events_with_origin.response_elements is 'JSON text of the answer, tokens redacted';
comment on column events_with_origin.additional_event_data is 'JSON text of what the service adds';
comment on column events_with_origin.service_event_details is 'JSON text of a service event';
comment on column events_with_origin.resources is 'JSON text of the resources touched';
comment on column events_with_origin.tls_details is 'JSON text of the TLS connection';
comment on column events_with_origin.addendum is 'JSON text: why the record came late or was corrected';
comment on column events_with_origin.user_identity_type is 'kind of caller: IAMUser, AssumedRole, AWSService, AWSAccount and others';
comment on column events_with_origin.principal_id is 'unique id of the caller; of a role session, with the session name behind a colon';
comment on column events_with_origin.arn is 'ARN of the caller';
comment on column events_with_origin.account_id is 'account of the caller';
comment on column events_with_origin.access_key_id is 'key that signed the call, as recorded';
comment on column events_with_origin.user_name is 'name of the user, where the record gives one';
comment on column events_with_origin.invoked_by is 'AWS service that made the call with this identity, or the service itself';
comment on column events_with_origin.identity_provider is 'provider of a SAML or web identity';
comment on column events_with_origin.credential_id is 'id of a bearer token';
comment on column events_with_origin.on_behalf_of_user_id is 'Identity Center user id';
comment on column events_with_origin.on_behalf_of_identity_store_arn is 'identity store of that user';
comment on column events_with_origin.invoked_by_delegate_account_id is 'provider''s account that acts by temporary delegation';
comment on column events_with_origin.in_scope_of_source_arn is 'resource that triggered a request between services';
comment on column events_with_origin.in_scope_of_source_account is 'account of that resource';
comment on column events_with_origin.in_scope_of_issuer_type is 'type of the workload that the credential was issued to';
comment on column events_with_origin.credentials_issued_to is 'the workload that the credential was issued to';
comment on column events_with_origin.session_issuer_type is 'Role, IAMUser or Root that the session belongs to';
comment on column events_with_origin.session_issuer_principal_id is 'unique id of that role or user';
comment on column events_with_origin.session_issuer_arn is 'ARN of that role or user, with its path';
comment on column events_with_origin.session_issuer_account_id is 'account of that role or user';
comment on column events_with_origin.session_issuer_user_name is 'name of that role or user';
comment on column events_with_origin.creation_date is 'when the temporary credential was issued; null for long-term keys';
comment on column events_with_origin.mfa_authenticated is 'whether MFA was used when the credential was issued';
comment on column events_with_origin.source_identity is 'name set by the first caller of a chain; typed by them';
comment on column events_with_origin.ec2_role_delivery is 'version of the instance metadata service that delivered the credential';
comment on column events_with_origin.assumed_root is 'whether it is a session of AssumeRoot';
comment on column events_with_origin.sign_in_session_arn is 'sign-in session the credential belongs to';
comment on column events_with_origin.federated_provider is 'OIDC provider of the session';
comment on column events_with_origin.session_credential_from_console is 'whether the credential came from a console session';
comment on column events_with_origin.extra is 'JSON text of every member that has no column';
comment on column events_with_origin.file_id is 'file the record lies in, see the table files';
comment on column events_with_origin.record is 'its number in that file, from 1';
comment on column events_with_origin.join_key is 'the access key id if it has the form of one, else null';
comment on column events_with_origin.session_name is 'session name; chosen by the caller';
comment on column events_with_origin.unsure_arn is 'the ARN, where the principal id is no unique id';
comment on column events_with_origin.on_behalf_of is 'Identity Center person: <identity store ARN>#<user id>';
comment on column events_with_origin.subject is 'person or workload that somebody other than IAM names';
comment on column events_with_origin.authenticated is 'false for failed sign-ins and wrong signatures: the principal did not act';
comment on column events_with_origin.use_id is 'the credential, as far as its records can tell; ties events, sessions and chains';
comment on column events_with_origin.origin_kind is 'what the chain ends in: iam_user, saml_user, ec2_instance, aws_service, unknown and others; null if the chain does not cover this event';
comment on column events_with_origin.origin_id is 'the origin''s unique id';
comment on column events_with_origin.origin_arn is 'its ARN, if it has one';
comment on column events_with_origin.origin_account_id is 'its account';
comment on column events_with_origin.origin_name is 'its name, where the logs tell';
comment on column events_with_origin.origin_grade is 'how well the chain is supported: proof, strong, probable, weak, none';
comment on column events_with_origin.origin_stop is 'why the chain ends there: origin, service, missing_log, no_issuance, ambiguous and others';
comment on column events_with_origin.origin_hops is 'hops from the credential back to its origin';
comment on view calls is
    'events_with_origin with every call once: without the copies that another account or an endpoint owner got of a call whose caller''s own record is held. Same columns.';
comment on view sessions is
    'One row per credential, used or not, with the call that issued it and its origin.';
comment on column sessions.use_id is 'the credential''s main use; ties to chains and to events, which a service may have made under another use_id';
comment on column sessions.access_key_id is 'its key, if the records show one';
comment on column sessions.user_identity_type is 'kind of principal; null if it was never used';
comment on column sessions.principal_id is 'unique id, of a role session with the session name behind a colon';
comment on column sessions.arn is 'ARN of the session or user';
comment on column sessions.account_id is 'account of the session or user';
comment on column sessions.user_name is 'name of the user, where the records give one';
comment on column sessions.session_name is 'session name; chosen by the caller';
comment on column sessions.role_arn is 'role or user that the session belongs to';
comment on column sessions.source_identity is 'source identity it carries';
comment on column sessions.on_behalf_of is 'Identity Center person stamped on it';
comment on column sessions.authenticated is 'false for failed sign-ins and wrong signatures';
comment on column sessions.from_console is 'whether it came from a console session';
comment on column sessions.ec2_role_delivery is 'version of the instance metadata service that delivered it';
comment on column sessions.created is 'when it was issued; null for long-term keys';
comment on column sessions.first_seen is 'first event; null if it was never used';
comment on column sessions.last_seen is 'last event';
comment on column sessions.event_count is 'records it left';
comment on column sessions.candidates is 'issuing calls that fit; 0 for long-term keys and where none is held';
comment on column sessions.rule is 'rule that ties it to its issuance; null unless one fits';
comment on column sessions.issuance_id is 'that issuance; null unless one fits';
comment on column sessions.issuance_kind is 'assume_role, saml, web_identity, console_login and others';
comment on column sessions.issuing_event_name is 'the call that issued it';
comment on column sessions.issued_at is 'when that call was made';
comment on column sessions.expires is 'stated or usual end';
comment on column sessions.caller_arn is 'who made that call, as the record names them';
comment on column sessions.origin_kind is 'what the chain ends in';
comment on column sessions.origin_id is 'the origin''s unique id';
comment on column sessions.origin_arn is 'its ARN, if it has one';
comment on column sessions.origin_account_id is 'its account';
comment on column sessions.origin_name is 'its name, where the logs tell';
comment on column sessions.origin_grade is 'how well the chain is supported: proof, strong, probable, weak, none';
comment on column sessions.origin_stop is 'why the chain ends there';
comment on column sessions.origin_hops is 'hops back to the origin';
comment on column sessions.origin_covers_until is 'later events are not covered by the chain; null if nothing limits it';
comment on view chains is
    'One row per hop: a credential, the call that issued it, and the credential that made that call. Walk back by joining parent_use_id to use_id, or with the table macro hops_of.';
comment on column chains.use_id is 'the credential';
comment on column chains.access_key_id is 'its key, if known';
comment on column chains.principal_id is 'its principal';
comment on column chains.arn is 'its session';
comment on column chains.account_id is 'account of the session';
comment on column chains.first_seen is 'its first event; null if it was never used';
comment on column chains.last_seen is 'its last event';
comment on column chains.event_count is 'records it left';
comment on column chains.rule is 'rule that ties the credential to the call';
comment on column chains.grade is 'grade of this hop';
comment on column chains.why is 'why they belong together';
comment on column chains.candidates is 'issuing calls that fit this credential; each has a row';
comment on column chains.issuance_id is 'the issuing call, all account copies together';
comment on column chains.issuance_kind is 'assume_role, saml, web_identity, console_login and others';
comment on column chains.issued_at is 'when the call was made';
comment on column chains.event_source is 'service that issued';
comment on column chains.event_name is 'the issuing call';
comment on column chains.aws_region is 'Region that recorded it';
comment on column chains.role_arn is 'role that was taken';
comment on column chains.session_name is 'session name; chosen by the caller';
comment on column chains.source_identity is 'requested or inherited';
comment on column chains.issued_access_key_id is 'key in the response';
comment on column chains.expires is 'stated or usual end';
comment on column chains.caller_type is 'kind of caller';
comment on column chains.caller_principal_id is 'unique id of the caller';
comment on column chains.caller_arn is 'ARN of the caller; null where the record does not give it';
comment on column chains.caller_account_id is 'account of the caller';
comment on column chains.caller_access_key_id is 'key that signed the issuing call';
comment on column chains.caller_invoked_by is 'AWS service that made it';
comment on column chains.caller_held is 'whether the caller''s own account recorded it here';
comment on column chains.parent_use_id is 'the credential that made the issuing call; null where the chain ends with the caller';
comment on column chains.parent_rule is 'rule that found it, where the record does not say';
comment on column chains.parent_lived is 'false: that credential did not live at the time, or the records name different callers';
comment on column chains.event_id is 'first record of the issuing call';
comment on column chains.recipient_account_id is 'account that recorded it';
comment on column chains.source is 'file it lies in';
comment on column chains.record is 'its number in that file';
comment on column chains.sha256 is 'hash of that file as stored';
comment on view coverage is
    'One row per account, Region and day: what the store holds, and silence. A silent hour may be quiet or missing; only a trail''s digest files can tell.';
comment on column coverage.account_id is 'account that recorded; null where records do not say';
comment on column coverage.aws_region is 'Region';
comment on column coverage.day is 'UTC day';
comment on column coverage.events is 'records of that day';
comment on column coverage.hours_with_events is 'hours of the day that hold any';
comment on column coverage.longest_gap_hours is 'longest run of whole hours of the day without one; 24 if there is none at all';
comment on column coverage.first_event is 'first record of the day';
comment on column coverage.last_event is 'last record of the day';
comment on column coverage.state is 'events: some that day; gap: none, but before and after; before, after: outside of what is held of this account and Region';
;
