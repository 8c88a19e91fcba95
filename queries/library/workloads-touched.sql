-- title: Workloads that people launched, changed or drove
-- about: A row is one origin and workload: whose hands could be in what the workload did later.
-- about: Cannot see logins past AWS, such as SSH with an old key.
-- param since: timestamp = null  -- only events at or after this UTC time
-- param until: timestamp = null  -- only events before this UTC time
-- column resource_id: varchar    -- instance id, function name, task id, access key id
-- column relation: varchar       -- launched, changed, could_drive, created, deleted
-- column origin_kind: varchar    -- kind of origin
-- column origin_id: varchar      -- its id
-- column origin_name: varchar    -- its name, where the logs tell
-- column calls: bigint           -- how often
-- column first_seen: timestamp   -- first time
-- column last_seen: timestamp    -- last time
select
    resource_events.resource_id,
    resource_events.relation,
    calls.origin_kind,
    calls.origin_id,
    max(calls.origin_name) as origin_name,
    count(*) as calls,
    min(resource_events.event_time) as first_seen,
    max(resource_events.event_time) as last_seen
from resource_events
join calls
    on calls.file_id = resource_events.file_id
    and calls.record = resource_events.record
where ($since::timestamp is null or resource_events.event_time >= $since)
    and ($until::timestamp is null or resource_events.event_time < $until)
group by resource_events.resource_id, resource_events.relation, calls.origin_kind, calls.origin_id
order by resource_events.resource_id, first_seen, resource_events.relation, calls.origin_kind, calls.origin_id
