-- title: AssumeRoot used
-- about: A row is one origin that took root in a member account for one task policy.
-- about: AssumeRoot is for the few tasks that only a root user can do: deleting a root user's credentials, unlocking a bucket or a queue.
-- severity: medium
-- confidence: high
-- cannot see: Calls of the management account, if neither its logs nor those of the member account are held.
-- false positives: The planned removal of root credentials, or a bucket that somebody locked by mistake.
-- what to do: Compare with the ticket of the task, and read what the session did in the member account.
-- param since: timestamp = null  -- only events at or after this UTC time
-- param until: timestamp = null  -- only events before this UTC time
-- column key: varchar[]          -- the origin, the member account and the task
-- column summary: varchar        -- what happened
-- column account_id: varchar     -- the member account
-- column use_id: varchar         -- who called AssumeRoot
-- column first_seen: timestamp   -- first time
-- column last_seen: timestamp    -- last time
-- column event_count: bigint     -- how often
-- column event_ids: varchar[]    -- the first of them
-- column task_policy: varchar    -- the policy that bounds the session
with taken as (
    select
        *,
        coalesce(
            json_extract_string(request_parameters, '$.taskPolicyArn.arn'),
            json_extract_string(request_parameters, '$.taskPolicyArn')
        ) as task_policy,
        nullif(regexp_extract(json_extract_string(request_parameters, '$.targetPrincipal'), '[0-9]{12}'), '') as member
    from deeds($since, $until)
    where event_source = 'sts.amazonaws.com' and event_name = 'AssumeRoot'
)
select
    [origin, member, task_policy] as key,
    format(
        '{} took root in account {} with {}',
        of_first(who, event_time, event_id), coalesce(member, 'unknown'), coalesce(split_part(task_policy, '/', -1), 'an unknown task policy')
    ) as summary,
    member as account_id,
    of_first(use_id, event_time, event_id) as use_id,
    min(event_time) as first_seen,
    max(event_time) as last_seen,
    count(distinct event_id) as event_count,
    evidence_ids(event_id, event_time) as event_ids,
    task_policy
from taken
group by origin, member, task_policy
order by first_seen, origin, member, task_policy
