-- One use.
select * from uses where use_id = $use_id
