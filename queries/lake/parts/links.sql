-- All links, in the order in which they are asked for.
select * from found_links order by use_id, issuance_id, parent_use_id
