-- Files and their ledgers. What is known of the same bytes is known of these.
insert into files by name
select
    frame.* replace (coalesce(checked.integrity, frame.integrity) as integrity),
    coalesce(checked.unnamed, false) as unnamed
from frame
left join (
    select sha256, any_value(integrity) as integrity, bool_or(unnamed) as unnamed
    from files
    where integrity <> 'unchecked'
    group by sha256
) as checked on checked.sha256 = frame.sha256
