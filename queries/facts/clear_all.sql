-- Everything that is derived from records leaves.
delete from named_identities;
delete from records_apart;
delete from uses;
delete from issuing_calls;
delete from issuances;
delete from resource_events;
delete from copies;
delete from links;
delete from origins;
delete from caller_origins
