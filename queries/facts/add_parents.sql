-- What provenance found.
insert into parents by name
select * from frame
