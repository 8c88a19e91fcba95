-- Which name stands for all that are to be in one part: `frame` (name, first).
create or replace temp table firsts as
select * from frame
