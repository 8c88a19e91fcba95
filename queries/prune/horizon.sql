-- Before when records were pruned, and whether files from this one on brought more of that time.
select
    max(before) as before,
    coalesce(bool_or(exists (
        select 1 from records where records.file_id >= $first_file_id and records.event_time < prunes.before
    )), false) as brought
from prunes
