-- A list that has come.
insert into network_lists (name, sha256, entries) values ($name, $sha256, $entries)
