-- The hops of the chains before anything leaves.
create or replace temp table before_links as
select * from links where grade <> 'none'
