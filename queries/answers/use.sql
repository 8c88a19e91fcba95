-- Some uses.
select * from uses where use_id in (select unnest($use_ids)) order by use_id
