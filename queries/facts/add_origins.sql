-- What provenance found, in the order in which it is asked for.
insert into origins by name
select * from frame
order by use_id
