-- What provenance found.
insert into caller_origins by name
select * from frame
