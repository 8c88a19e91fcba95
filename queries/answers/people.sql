-- The names of all people seen in the logs, in lower case.
select distinct lower(name) as name from people
