-- Derived tables are always rebuilt from events.
delete from uses;
delete from copies;
delete from issuances;
delete from resource_events;
delete from links;
delete from origins;
delete from caller_origins
