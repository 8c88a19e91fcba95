-- In the store: what was needed meanwhile leaves.
drop table lake_files;
drop table taken_places;
drop table taken_identities;
drop table if exists day_identities
