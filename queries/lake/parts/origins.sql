-- All origins, in the order in which they are asked for.
select * from found_origins order by use_id
