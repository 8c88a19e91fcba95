-- As they are stored, before what is new is looked at.
select * from origins
