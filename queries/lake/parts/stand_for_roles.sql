-- Which name stands for all names of a role: `frame` (name, first).
create or replace temp table roles as
select name, first as role from frame
