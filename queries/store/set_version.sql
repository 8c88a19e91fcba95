-- The schema that the store now has.
update meta set schema_version = $schema_version
