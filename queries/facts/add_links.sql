-- What provenance found, in the order in which it is asked for.
insert into links by name
select * from frame
order by use_id, issuance_id, parent_use_id
