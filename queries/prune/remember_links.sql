-- The hops of the chains before anything leaves.
create or replace temp table answered_links as
select * from links where grade <> 'none' and use_id in (select id from answered)
