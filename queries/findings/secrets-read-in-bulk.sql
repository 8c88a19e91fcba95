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
    select *
    from deeds(null, $until)
    where event_source in ('secretsmanager.amazonaws.com', 'ssm.amazonaws.com')
        and event_name in (
            'GetSecretValue', 'BatchGetSecretValue', 'GetParameter', 'GetParameters', 'GetParametersByPath',
            'GetParameterHistory'
        )
),
-- Few statements of what was asked for, however many calls.
asked as (
    select
        request_parameters,
        list_distinct(coalesce(
            try_cast(json_extract(request_parameters, '$.names') as varchar[]),
            try_cast(json_extract(request_parameters, '$.secretIdList') as varchar[]),
            [coalesce(
                json_extract_string(request_parameters, '$.secretId'),
                json_extract_string(request_parameters, '$.name'),
                json_extract_string(request_parameters, '$.path'),
                json_extract_string(request_parameters, '$.filters')
            )]
        )) as secrets
    from (select distinct request_parameters from reads where request_parameters is not null)
),
each as (
    select reads.* exclude (request_parameters), unnest(asked.secrets) as secret
    from reads
    join asked on asked.request_parameters = reads.request_parameters
)
select
    origin as "group",
    min(event_time) as event_time,
    of_first(event_id, event_time, event_id) as event_id,
    of_first(use_id, event_time, event_id) as use_id,
    recipient_account_id as account_id,
    [origin] as key,
    of_first(who, event_time, event_id) as who,
    coalesce(recipient_account_id, '') || ' ' || secret as what,
    $least::integer as least,
    $minutes::integer as minutes
from each
where secret is not null
group by origin, recipient_account_id, secret
having coalesce(min(event_time) >= $since, true)
order by event_time, event_id, what
