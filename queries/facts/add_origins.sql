-- What provenance found.
insert into origins by name
select * from frame
