-- A database leaves.
delete from geography where name = $name
