-- title: Calls later than the end of their credential
-- about: A row is one credential with calls that its chain does not cover, because it had expired: a broken clock, a wrong link, or a forged record.
-- about: Only credentials whose end is known are judged.
-- column access_key_id: varchar    -- the key
-- column arn: varchar              -- the session
-- column covered_until: timestamp  -- end of what the chain covers
-- column last_seen: timestamp      -- last call
-- column late_records: bigint      -- records after the end
select
    uses.access_key_id,
    max(uses.arn) as arn,
    max(origins.covers_until) as covered_until,
    max(identified_events.event_time) as last_seen,
    count(*) as late_records
from origins
join uses on uses.use_id = origins.use_id
join identified_events on identified_events.use_id = origins.use_id
where uses.last_seen > origins.covers_until
    and identified_events.event_time > origins.covers_until
group by uses.use_id, uses.access_key_id
order by late_records desc, uses.use_id
