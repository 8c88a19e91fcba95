-- What provenance found, in the order in which it is asked for.
insert into caller_origins by name
select * from frame
order by issuance_id
