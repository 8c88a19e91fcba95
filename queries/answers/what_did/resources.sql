-- The resources that the calls of each node named, most named first, and how many there are.
with named as (
    select
        node,
        event_source,
        unnest(resources) as resource,
        outcome,
        read_only
    from subject_events
    where covered
        and not told
),
counted as (
    select
        node,
        event_source,
        resource,
        count(*) filter (where outcome = 'done') as done,
        count(*) filter (where outcome <> 'done') as refused,
        count(*) filter (where outcome = 'done' and not read_only) as writes
    from named
    group by node, event_source, resource
),
ranked as (
    select
        *,
        count(*) over (partition by node) as resources,
        row_number() over (
            partition by node order by writes desc, done desc, refused desc, event_source, resource
        ) as place
    from counted
)
select *
from ranked
where cast($most as bigint) is null or place <= $most
order by node, place
