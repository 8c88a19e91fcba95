-- What provenance found.
insert into links by name
select * from frame
