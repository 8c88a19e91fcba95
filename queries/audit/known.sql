-- Short keys of all origins, ways into roles and account edges that are held up to the end of the window,
-- for the next report to tell what is new.
with keys as (
    select 'origins' as what, short_key([origins.kind, origins.id]) as key
    from origins
    join uses on uses.use_id = origins.use_id
    where origins.id is not null
        and ($until::timestamp is null or uses.first_seen < $until)
    union
    select 'pairs', way
    from roles_taken
    where from_somewhere
    union
    select 'edges', edge
    from roles_taken
    where edge is not null
)
select what, count(*) as known, list_slice(list(key order by key), 1, $limit) as keys
from keys
group by what
order by what
