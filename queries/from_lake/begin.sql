-- In the store: what is taken of the lake, before the first day.
create or replace temp table taken_places (file_id integer, record bigint);
create or replace temp table taken_identities (content varchar, identity_id integer)
