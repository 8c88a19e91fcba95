-- What each node did, where from and with what: a row per node and call, address or agent. `what` tells which.
select
    case
        when grouping(event_name) = 0 then 'call'
        when grouping(source_ip_address) = 0 then 'address'
        else 'agent'
    end as what,
    node,
    event_source,
    event_name,
    source_ip_address,
    user_agent,
    not bool_or(not read_only) as read_only,
    count(distinct call_id) filter (where outcome = 'done') as done,
    count(distinct call_id) filter (where outcome = 'denied') as denied,
    count(distinct call_id) filter (where outcome = 'failed') as failed,
    count(distinct call_id) as calls,
    min(event_time) as first_seen,
    max(event_time) as last_seen
from subject_events
where covered
    and not told
group by grouping sets (
    (node, event_source, event_name), (node, source_ip_address), (node, user_agent)
)
order by what, node, calls desc, event_source, event_name, source_ip_address, user_agent
