-- The store: one DuckDB file. Times are UTC. Column names are snake_case of AWS's names.
-- Session tokens are removed before a row is written (macros.sql, redact_tokens).

create table if not exists meta (
    schema_version integer not null,  -- of this file
    created_by varchar not null       -- trailtrace version that made the store
);

create sequence if not exists file_ids;

-- One row per source object. read = kept + duplicate + rejected + not_events, always; of the kept
-- records, `pruned` are no longer here.
create table if not exists files (
    file_id integer primary key,
    uri varchar not null,
    size_bytes bigint not null,       -- as stored, still compressed
    sha256 varchar not null,          -- of the bytes as stored
    container varchar not null,       -- how records were wrapped, e.g. 'trail'
    integrity varchar not null,       -- 'unchecked', or 'verified', 'unverified', 'failed'
    read bigint not null,
    kept bigint not null,
    duplicate bigint not null,
    rejected bigint not null,
    not_events bigint not null,       -- digests, Insights, aggregated records, notifications
    pruned bigint not null default 0,
    unnamed boolean not null default false  -- verified digests of its time do not name it
);

-- Objects of buckets whose contents are all in `files`. Another ETag or size is another content.
create table if not exists loaded_objects (
    uri varchar not null,
    etag varchar not null,
    size_bytes bigint not null,
    files bigint not null             -- contents it held: an archive has many
);

-- What `trailtrace prune` took away. What comes in from before the last `before` leaves again.
create table if not exists prunes (
    before timestamp not null,
    pruned_at timestamp not null,
    records bigint not null
);

-- Days of a lake that `trailtrace ingest LAKE` loaded. Of those that are not whole, the records are here that
-- facts are made of, and the rest is in the lake; the ledger counts it as pruned.
create table if not exists lake_days (
    day date not null,
    whole boolean not null
);

-- Stretches of time of which LookupEvents told everything: a later run asks for the rest alone.
create table if not exists lookups (
    account_id varchar not null,
    region varchar not null,
    from_time timestamp not null,     -- from it on
    until_time timestamp not null     -- and before it
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
    extra varchar,                    -- every member that has no column
    translated_from varchar           -- 'OCSF 1.1.0': put together again from that, null: CloudTrail's own
);

-- The records themselves, without their userIdentity. Read them through the view `events`.
-- zstd where values hardly repeat: faster to write and smaller than what DuckDB would choose.
create table if not exists records (
    event_time timestamp not null,
    event_id varchar using compression zstd,
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
    request_id varchar using compression zstd,
    shared_event_id varchar,
    api_version varchar,
    read_only boolean,
    management_event boolean,
    vpc_endpoint_id varchar,
    vpc_endpoint_account_id varchar,
    session_credential_from_console boolean,
    session_token_sha256 varchar,     -- of the issued token, which itself is never stored
    -- JSON text: DuckDB's -> and ->> read it; a JSON column would parse it once more on the way in.
    request_parameters varchar using compression zstd,
    response_elements varchar using compression zstd,
    additional_event_data varchar using compression zstd,
    service_event_details varchar,
    resources varchar using compression zstd,
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
    whole_extra(records.extra, identities.extra) as extra,
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

-- What users say of accounts: `trailtrace accounts`. Origins depend on which are outside.
create table if not exists accounts (
    account_id varchar not null,
    name varchar,
    relation varchar                  -- ours, partner, outside; null: nobody said
);

-- Lists of networks that users gave: `trailtrace networks`.
create table if not exists network_lists (
    name varchar not null,            -- own, aws, or the kind of a database
    sha256 varchar not null,          -- of the file
    entries bigint not null           -- networks; 0 of a database
);

create table if not exists networks (
    list varchar not null,            -- own, aws
    cidr varchar not null,
    name varchar not null,            -- of an AWS network: the service
    aws_region varchar
);

-- Databases in MaxMind's format, in parts.
create table if not exists geography (
    name varchar not null,
    part integer not null,
    data blob not null
);
