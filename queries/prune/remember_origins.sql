-- Where the chains end before anything leaves.
create or replace temp table answered_origins as
select * from origins where use_id in (select id from answered)
