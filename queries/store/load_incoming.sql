-- Any other document waits in `incoming`, where its odd records get a second look.
insert into incoming
select * from normalised
