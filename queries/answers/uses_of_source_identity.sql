-- Uses under a source identity.
select * from uses where source_identity = $target order by use_id
