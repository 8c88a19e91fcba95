-- title: Every call that names a resource, and who made it
-- about: A row is one call whose resources, parameters or response contain the text: an ARN, a bucket, an instance id.
-- about: Cannot see calls that name the resource by another of its names, or object-level calls where data events are off.
-- param resource: varchar            -- text that names the resource; the longer, the surer
-- param since: timestamp = null      -- only events at or after this UTC time
-- param until: timestamp = null      -- only events before this UTC time
-- column event_time: timestamp       -- when
-- column account_id: varchar         -- account that recorded the call
-- column aws_region: varchar         -- Region
-- column event_source: varchar       -- the service
-- column event_name: varchar         -- the call
-- column error_code: varchar         -- how it failed; null if it did not
-- column source_ip_address: varchar  -- from where
-- column arn: varchar                -- the caller as the record names it
-- column origin_kind: varchar        -- kind of origin
-- column origin_id: varchar          -- its id
-- column origin_name: varchar        -- its name, where the logs tell
-- column origin_grade: varchar       -- grade of the chain: below strong it is a lead
-- column event_id: varchar           -- the record, for `trailtrace who-did`
select
    event_time,
    recipient_account_id as account_id,
    aws_region,
    event_source,
    event_name,
    error_code,
    source_ip_address,
    arn,
    origin_kind,
    origin_id,
    origin_name,
    origin_grade,
    event_id
from calls
where (
        contains(resources, $resource)
        or contains(request_parameters, $resource)
        or contains(response_elements, $resource)
    )
    and ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
order by event_time, file_id, record
