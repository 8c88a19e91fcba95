-- title: Key id of several sessions, and nobody can tell whose calls these are
-- about: A row is one temporary key id that several sessions held, with calls that could be of more than one of them.
-- about: AWS uses the ids of temporary keys again; such calls name no one person, and must not be held against one.
-- severity: low
-- confidence: high
-- cannot see: Key ids whose other holder is in an account that is not loaded.
-- false positives: None: the doubt is real, and seldom more than doubt.
-- what to do: Read the candidates with `trailtrace who-did KEY --at TIME`; load the data events of the callers' accounts, whose own records name the principal.
-- param since: timestamp = null  -- only events at or after this UTC time
-- param until: timestamp = null  -- only events before this UTC time
-- column key: varchar[]          -- the calls' credential
-- column summary: varchar        -- what happened
-- column account_id: varchar     -- account that the calls were recorded in
-- column use_id: varchar         -- the calls' credential
-- column first_seen: timestamp   -- first call in doubt
-- column last_seen: timestamp    -- last one
-- column event_count: bigint     -- calls in doubt
-- column event_ids: varchar[]    -- the first of them
-- column candidates: varchar[]   -- the sessions that held the key id, at most twenty
with holders as (
    select issued_key as access_key_id, coalesce(session_arn, role_arn, issuance_id) as holder, event_time as created
    from issuances
    where issued_key is not null
    union
    select join_key, coalesce(arn, principal_id), creation_date
    from uses
    where join_key like 'ASIA%' and authenticated and creation_date is not null and principal_id is not null
        and coalesce(invoked_by, '') = ''
),
recycled as (
    select
        access_key_id,
        list_slice(list_sort(list(distinct holder)), 1, 20) as candidates,
        count(distinct (holder, created)) as holder_count
    from holders
    group by access_key_id
    -- Record and session differ by a second at most: that is one holder, not two.
    having count(distinct holder) > 1 or max(created) > min(created) + interval 2 seconds
),
doubted as (
    select uses.use_id, uses.join_key, recycled.candidates, recycled.holder_count
    from recycled
    join uses on uses.join_key = recycled.access_key_id
    join origins on origins.use_id = uses.use_id
    where uses.authenticated
        and (origins.stop = 'ambiguous' or origins.grade = 'weak' or (origins.grade = 'none' and uses.principal_id is null))
)
select
    [doubted.use_id] as key,
    format(
        '{} with key {} could be of any of {} sessions that held it',
        counted(count(distinct calls.event_id), 'call'), any_value(doubted.join_key), any_value(doubted.holder_count)
    ) as summary,
    of_first(calls.recipient_account_id, calls.event_time, calls.event_id) as account_id,
    doubted.use_id,
    min(calls.event_time) as first_seen,
    max(calls.event_time) as last_seen,
    count(distinct calls.event_id) as event_count,
    evidence_ids(calls.event_id, calls.event_time) as event_ids,
    any_value(doubted.candidates) as candidates
from doubted
join calls_of_uses((select list(use_id) from doubted), $since, $until) as calls on calls.use_id = doubted.use_id
group by doubted.use_id
order by first_seen, doubted.use_id
