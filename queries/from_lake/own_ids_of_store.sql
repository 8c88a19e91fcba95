-- In a day of the lake: the event ids of records that the store has from elsewhere.
create or replace temp table own_ids as
select event_id from frame
