-- The copies that were kept to be compared.
drop table stored_named_identities;
drop table stored_records_apart;
drop table stored_uses;
drop table stored_issuing_calls;
drop table stored_issuances;
drop table stored_resource_events;
drop table stored_copies;
drop table stored_links;
drop table stored_origins;
drop table stored_caller_origins;
drop table stored_addresses
