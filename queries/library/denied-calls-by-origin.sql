-- title: Who was refused what
-- about: A row is one origin, call and error. A burst of refusals over many services is what trying out a stolen key looks like.
-- about: Cross-account refusals are recorded by the caller's account only. Cannot see refusals that the service does not log.
-- param since: timestamp = null  -- only events at or after this UTC time
-- param until: timestamp = null  -- only events before this UTC time
-- column origin_kind: varchar    -- kind of origin
-- column origin_id: varchar      -- its id
-- column origin_name: varchar    -- its name, where the logs tell
-- column event_source: varchar   -- the service
-- column event_name: varchar     -- the call
-- column error_code: varchar     -- how it was refused
-- column refusals: bigint        -- how often
-- column last_message: varchar   -- the last error message
-- column first_seen: timestamp   -- first refusal
-- column last_seen: timestamp    -- last refusal
select
    origin_kind,
    origin_id,
    max(origin_name) as origin_name,
    event_source,
    event_name,
    error_code,
    count(*) as refusals,
    arg_max(error_message, event_time) as last_message,
    min(event_time) as first_seen,
    max(event_time) as last_seen
from calls
where regexp_matches(error_code, '(?i)denied|unauthori[sz]ed|forbidden|notauthorized|invalidclienttokenid')
    and ($since::timestamp is null or event_time >= $since)
    and ($until::timestamp is null or event_time < $until)
group by origin_kind, origin_id, event_source, event_name, error_code
order by refusals desc, origin_kind, origin_id, event_source, event_name, error_code
