-- In the store: which days are here whole, and of which the lake gave what facts are made of.
delete from lake_days;

insert into lake_days by name
select day, whole from frame
