-- title: Who could be behind an instance, function or task
-- about: A row is one call that launched, changed or could drive the workload, newest first, with its origin.
-- about: This is context: no record says who made a workload act, and logins past AWS leave none here.
-- param workload: varchar        -- instance id, function name or task id
-- param until: timestamp = null  -- only up to this UTC time
-- column event_time: timestamp   -- when
-- column relation: varchar       -- launched, changed, could_drive, created, deleted
-- column event_name: varchar     -- the call
-- column account_id: varchar     -- account of the caller
-- column arn: varchar            -- the caller as the record names it
-- column origin_kind: varchar    -- kind of origin
-- column origin_id: varchar      -- its id
-- column origin_name: varchar    -- its name, where the logs tell
-- column origin_grade: varchar   -- grade of the chain: below strong it is a lead
-- column event_id: varchar       -- the record, for `trailtrace who-did`
select
    resource_events.event_time,
    resource_events.relation,
    resource_events.event_name,
    resource_events.account_id,
    resource_events.arn,
    calls.origin_kind,
    calls.origin_id,
    calls.origin_name,
    calls.origin_grade,
    resource_events.event_id
from resource_events
left join calls
    on calls.file_id = resource_events.file_id
    and calls.record = resource_events.record
where resource_events.resource_id = $workload
    and ($until::timestamp is null or resource_events.event_time <= $until)
order by resource_events.event_time desc, resource_events.relation, resource_events.file_id, resource_events.record
