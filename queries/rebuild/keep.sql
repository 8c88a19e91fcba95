-- The derived tables as they stand, to be compared with those made anew.
create or replace temp table stored_named_identities as from named_identities;
create or replace temp table stored_records_apart as from records_apart;
create or replace temp table stored_uses as from uses;
create or replace temp table stored_issuing_calls as from issuing_calls;
create or replace temp table stored_issuances as from issuances;
create or replace temp table stored_resource_events as from resource_events;
create or replace temp table stored_copies as from copies;
create or replace temp table stored_links as from links;
create or replace temp table stored_origins as from origins;
create or replace temp table stored_caller_origins as from caller_origins;
create or replace temp table stored_addresses as from addresses
