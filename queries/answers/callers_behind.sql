-- Some uses, and every use that their chains may lead to.
with recursive behind (use_id) as (
    select unnest($use_ids) as use_id
    union
    select links.parent_use_id as use_id
    from behind
    join links on links.use_id = behind.use_id
    where links.grade <> 'none'
        and links.parent_use_id is not null
)
select use_id
from behind
order by use_id
