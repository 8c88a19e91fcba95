-- In the store: the lake's new files. What is known of the same bytes is known of these.
insert into files by name
select
    lake_files.own_file_id as file_id,
    lake_files.* exclude (file_id, own_file_id, is_new, is_partly_here)
        replace (coalesce(checked.integrity, lake_files.integrity) as integrity),
    coalesce(checked.unnamed, false) as unnamed
from lake_files
left join (
    select sha256, any_value(integrity) as integrity, bool_or(unnamed) as unnamed
    from files
    where integrity <> 'unchecked'
    group by sha256
) as checked on checked.sha256 = lake_files.sha256
where lake_files.is_new
