-- A list leaves.
delete from network_lists where name = $name
