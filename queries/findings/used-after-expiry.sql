-- title: Credential used after its end
-- about: A row is one credential with calls that its issuance does not cover, because they are later than the end it had.
-- about: AWS refuses an expired credential: the link is wrong, the record was altered, or a clock is.
-- severity: high
-- confidence: medium
-- cannot see: Sessions whose issuance is not held, for their end is not known, and calls within the grace after the end.
-- false positives: A session of which one of several issuances is not held; a clock that is wrong; a transfer that began before the end and took longer than the grace.
-- what to do: Run `trailtrace who-did` on the event ids, which are answered without that issuance, and compare the addresses before and after the end.
-- param grace_minutes: integer = 5  -- calls may end this long after their credential
-- param since: timestamp = null     -- only events at or after this UTC time
-- param until: timestamp = null     -- only events before this UTC time
-- column key: varchar[]             -- the credential
-- column summary: varchar           -- what happened
-- column account_id: varchar        -- account of the credential
-- column use_id: varchar            -- the credential, if an issuance never covered it; else null: nobody is named for these calls
-- column first_seen: timestamp      -- first call after the end
-- column last_seen: timestamp       -- last call
-- column event_count: bigint        -- calls after the end
-- column event_ids: varchar[]       -- the first of them
-- column covered_until: timestamp   -- when the credential ended
-- column access_key_id: varchar     -- its key
-- column until_then: varchar        -- who was behind it until then
with ends as (
    select
        origins.use_id,
        covers_until as covered_until,
        origin_words(origins.kind, origins.name, origins.id, origins.arn, uses.arn, origins.grade) as until_then
    from origins
    join uses on uses.use_id = origins.use_id
    where covers_until is not null
    union all
    -- The only issuance that fits had ended before the first call (`why` as key_rules.py words it).
    select links.use_id, max(issuances.expiration), null
    from links
    join issuances on issuances.issuance_id = links.issuance_id
    group by links.use_id
    having bool_and(links.grade = 'none') and bool_or(links.why = 'used after its expiration')
),
late as (
    select uses.*, ends.covered_until, ends.until_then
    from ends
    join uses on uses.use_id = ends.use_id
    where uses.authenticated and uses.last_seen > ends.covered_until + to_minutes($grace_minutes::integer)
)
select
    [late.use_id] as key,
    format(
        '{} made {} after its credential had ended at {}',
        coalesce(any_value(late.arn), 'A principal without a name'),
        counted(count(distinct calls.event_id), 'call'),
        in_utc(any_value(late.covered_until))
    ) as summary,
    any_value(late.account_id) as account_id,
    case when any_value(late.until_then) is null then late.use_id end as use_id,
    min(calls.event_time) as first_seen,
    max(calls.event_time) as last_seen,
    count(distinct calls.event_id) as event_count,
    evidence_ids(calls.event_id, calls.event_time) as event_ids,
    any_value(late.covered_until) as covered_until,
    any_value(late.access_key_id) as access_key_id,
    any_value(late.until_then) as until_then
from late
join calls_of_uses((select list(use_id) from late), $since, $until) as calls on calls.use_id = late.use_id
where calls.event_time > late.covered_until + to_minutes($grace_minutes::integer)
    and not coalesce(contains(lower(calls.error_code), 'expired'), false)
group by late.use_id
order by first_seen, late.use_id
