-- The networks of a list leave.
delete from networks where list = $name
