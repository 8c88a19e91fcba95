-- Into how many parts facts are put: `frame` (parts).
create or replace temp table division as
select * from frame
