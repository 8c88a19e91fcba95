-- title: Many secrets read for the first time
-- about: A row is one origin that read at least ten secrets or parameters within ten minutes, none of which it is seen to have read before.
-- about: A workload reads its own few secrets over and over; who reads all there are is taking stock.
-- severity: high
-- confidence: medium
-- cannot see: What the origin read before the logs begin; which secrets a batch without names returned; secrets that were copied elsewhere.
-- false positives: A deployment or a backup that reads everything, on its first day or in the first days of a store.
-- what to do: Ask the origin; if it was not its work, change the secrets that were read, which are in the events.
-- sequence: many_within
-- param since: timestamp = null   -- only events at or after this UTC time
-- param until: timestamp = null   -- only events before this UTC time
-- param least: integer = 10       -- different secrets
-- param minutes: integer = 10     -- within which they must be read
-- column group: varchar           -- the origin
-- column event_time: timestamp    -- when the secret was first read
-- column event_id: varchar        -- the event
-- column use_id: varchar          -- who read it
-- column account_id: varchar      -- the account of the secret
-- column key: varchar[]           -- the origin
-- column who: varchar             -- the origin in words
-- column what: varchar            -- the secret
-- column least: integer           -- different secrets
-- column minutes: integer         -- within which they must be read
with reads as (
    select event_time, event_id, use_id, principal_id, arn, recipient_account_id, request_parameters
    from noted_calls
    where error_code is null
        and ($until::timestamp is null or event_time < $until)
        and (
            event_source = 'secretsmanager.amazonaws.com' and event_name in ('GetSecretValue', 'BatchGetSecretValue')
            or event_source = 'ssm.amazonaws.com'
            and event_name in ('GetParameter', 'GetParameters', 'GetParametersByPath', 'GetParameterHistory')
        )
),
-- What was asked for is read once, however often it was.
asked as (
    select request_parameters, unnest(list_distinct(case
        when contains(request_parameters, '"names"') then try_cast(json_extract(request_parameters, '$.names') as varchar[])
        when contains(request_parameters, '"secretIdList"')
            then try_cast(json_extract(request_parameters, '$.secretIdList') as varchar[])
        else [coalesce(
            json_extract_string(request_parameters, '$.secretId'),
            json_extract_string(request_parameters, '$.name'),
            json_extract_string(request_parameters, '$.path'),
            json_extract_string(request_parameters, '$.filters')
        )]
    end)) as secret
    from (select distinct request_parameters from reads)
),
each as (
    select
        reads.* exclude (request_parameters),
        asked.secret,
        origin_key(origins.kind, origins.id, origins.arn, reads.principal_id, reads.use_id) as origin,
        origins.kind,
        origins.name,
        origins.id,
        origins.arn as origin_arn,
        origins.grade
    from reads
    join asked on asked.request_parameters = reads.request_parameters
    left join origins
        on origins.use_id = reads.use_id
        and (origins.covers_from is null or reads.event_time >= origins.covers_from)
        and (origins.covers_until is null or reads.event_time <= origins.covers_until)
    where asked.secret is not null
),
firsts as (
    select
        origin,
        recipient_account_id,
        secret,
        min(event_time) as event_time,
        of_first(
            {
                'id': event_id, 'use_id': use_id,
                'who': origin_words(kind, name, id, origin_arn, arn, grade)
            },
            event_time,
            event_id
        ) as first
    from each
    group by origin, recipient_account_id, secret
    having coalesce(min(event_time) >= $since, true)
)
select
    origin as "group",
    event_time,
    first.id as event_id,
    first.use_id as use_id,
    recipient_account_id as account_id,
    [origin] as key,
    first.who as who,
    coalesce(recipient_account_id, '') || ' ' || secret as what,
    $least::integer as least,
    $minutes::integer as minutes
from firsts
qualify count(*) over (partition by origin) >= $least::integer
order by event_time, event_id, what
