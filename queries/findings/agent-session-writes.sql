-- title: Session of `aws login` or an agent that changes things
-- about: A row is one origin whose console sign-in was handed to a command line or an agent, which then made calls that change something.
-- about: Such a session acts with all the person may do; of an agent it is not the person who chooses the calls.
-- severity: info
-- confidence: medium
-- cannot see: Whether a person or an agent chose a call, and grants whose CreateOAuth2Token is not held. Without a sign-in session on both records, calls may be the console's own; then the origin is said to be probable.
-- false positives: Everyday work with `aws login`.
-- what to do: For an agent, compare the calls with what it was asked to do; limit what it may do with a role of its own.
-- param since: timestamp = null      -- only events at or after this UTC time
-- param until: timestamp = null      -- only events before this UTC time
-- column key: varchar[]              -- the origin, and whether it is an agent
-- column summary: varchar            -- what happened
-- column account_id: varchar         -- account of the session
-- column use_id: varchar             -- the session
-- column first_seen: timestamp       -- first change
-- column last_seen: timestamp        -- last one
-- column event_count: bigint         -- changes
-- column event_ids: varchar[]        -- the first of them
-- column client: varchar             -- `agent` or `aws login`
-- column event_names: varchar[]      -- the calls, at most ten
with grants as (
    select
        issuances.issuance_id,
        case
            when regexp_matches(coalesce(records.request_parameters, ''), '(?i)mcp|agent') then 'agent'
            else 'aws login'
        end as client
    from issuances
    join records
        on records.event_time = issuances.event_time
        and records.file_id = issuances.evidence[1].file_id
        and records.record = issuances.evidence[1].record
    where issuances.kind = 'oauth2_token'
),
granted as (
    select links.use_id, min(grants.client) as client
    from links
    join grants on grants.issuance_id = links.issuance_id
    where links.grade <> 'none'
    group by links.use_id
),
deeds as (
    select
        calls.event_time,
        calls.event_id,
        calls.event_name,
        uses.account_id,
        origins.use_id,
        origin_key(origins.kind, origins.id, origins.arn, uses.principal_id, calls.use_id) as origin,
        origin_words(origins.kind, origins.name, origins.id, origins.arn, uses.arn, origins.grade) as who
    from calls_of_uses((select list(use_id) from granted), $since, $until) as calls
    join uses on uses.use_id = calls.use_id
    join origins on origins.use_id = calls.use_id
    where calls.error_code is null
        and (origins.covers_from is null or calls.event_time >= origins.covers_from)
        and (origins.covers_until is null or calls.event_time <= origins.covers_until)
)
select
    [deeds.origin, granted.client] as key,
    format(
        '{} changed things by {}: {}, {}',
        of_first(deeds.who, deeds.event_time, deeds.event_id),
        case when granted.client = 'agent' then 'an agent' else '`aws login`' end,
        counted(count(distinct deeds.event_id), 'call'),
        array_to_string(list_slice(list_sort(list(distinct deeds.event_name)), 1, 5), ', ')
    ) as summary,
    of_first(deeds.account_id, deeds.event_time, deeds.event_id) as account_id,
    of_first(deeds.use_id, deeds.event_time, deeds.event_id) as use_id,
    min(deeds.event_time) as first_seen,
    max(deeds.event_time) as last_seen,
    count(distinct deeds.event_id) as event_count,
    evidence_ids(deeds.event_id, deeds.event_time) as event_ids,
    granted.client,
    list_slice(list_sort(list(distinct deeds.event_name)), 1, 10) as event_names
from granted
join deeds on deeds.use_id = granted.use_id
where not is_read_only(null, deeds.event_name)
    and deeds.event_name not like 'AssumeRole%'
group by deeds.origin, granted.client
order by first_seen, deeds.origin, granted.client
