-- Files and their ledgers.
insert into files by name
select * from frame
