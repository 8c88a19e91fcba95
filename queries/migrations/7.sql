-- Objects of buckets are known by their ETags, so that they need not be read to be known.
create table loaded_objects (
    uri varchar not null,
    etag varchar not null,
    size_bytes bigint not null,
    files bigint not null
);
-- Identities tell whether they are CloudTrail's own; uses and issuances follow from them.
alter table identities add column translated_from varchar;
drop table uses;
drop table issuing_calls;
drop table issuances;
-- Files that digests of their time do not name are told from those that none covers.
alter table files add column unnamed boolean default false;
alter table files alter column unnamed set not null
