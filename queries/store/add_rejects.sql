-- Records and files that could not become events.
insert into rejects by name
select * from frame
