-- A part of a database.
insert into geography (name, part, data) values ($name, $part, $data)
