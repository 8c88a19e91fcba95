-- title: Credential used after its end
-- about: A row is one credential with calls that its chain does not cover, because they are later than its issuance allows.
-- about: A lawful session cannot do this: the link is wrong, the record was altered, or a clock is.
-- severity: high
-- confidence: medium
-- cannot see: Sessions whose issuance is not held, for their end is not known.
-- false positives: A session of which one of several issuances is not held; a clock that is wrong.
-- what to do: Run `trailtrace who-did` on the event ids, which are answered without that issuance, and compare the addresses before and after the end.
-- param since: timestamp = null   -- only events at or after this UTC time
-- param until: timestamp = null   -- only events before this UTC time
-- column key: varchar[]           -- the credential
-- column summary: varchar         -- what happened
-- column account_id: varchar      -- account of the credential
-- column use_id: varchar          -- the credential
-- column first_seen: timestamp    -- first call after the end
-- column last_seen: timestamp     -- last call
-- column event_count: bigint      -- calls after the end
-- column event_ids: varchar[]     -- the first of them
-- column covered_until: timestamp -- end of what the chain covers
select
    [uses.use_id] as key,
    format(
        '{} made calls after its credential had ended at {}',
        coalesce(any_value(uses.arn), 'A principal without a name'),
        strftime(any_value(origins.covers_until), '%Y-%m-%dT%H:%M:%SZ')
    ) as summary,
    any_value(uses.account_id) as account_id,
    uses.use_id,
    min(events.event_time) as first_seen,
    max(events.event_time) as last_seen,
    count(distinct events.event_id) as event_count,
    evidence_ids(events.event_id, events.event_time) as event_ids,
    any_value(origins.covers_until) as covered_until
from origins
join uses on uses.use_id = origins.use_id
join identified_events as events on events.use_id = origins.use_id
where uses.last_seen > origins.covers_until
    and events.event_time > origins.covers_until
    and ($since::timestamp is null or events.event_time >= $since)
    and ($until::timestamp is null or events.event_time < $until)
group by uses.use_id
order by first_seen, uses.use_id
