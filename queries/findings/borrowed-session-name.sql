-- title: Session name that belongs to somebody else
-- about: A row is one origin that gave its sessions the name of another person, an EC2 instance, a function or an AWS service.
-- about: Whoever calls AssumeRole chooses the session name, and most tools show the name as if it were who acted.
-- severity: medium
-- confidence: medium
-- cannot see: Names of people and functions that left no record in these logs, and names that only resemble; names that a SAML provider gave.
-- false positives: A portal or a pipeline that names sessions after the person it works for; an administrator who debugs a function under its name.
-- what to do: Ask the origin why; whoever is named did not do this. A trust policy can demand `sts:RoleSessionName` or `sts:SourceIdentity` to be the caller's own name.
-- param since: timestamp = null   -- only sessions issued at or after this UTC time
-- param until: timestamp = null   -- only sessions issued before this UTC time
-- column key: varchar[]           -- the origin, and what its names pretend to be
-- column summary: varchar         -- what happened
-- column account_id: varchar      -- account of the role
-- column use_id: varchar          -- who called AssumeRole
-- column first_seen: timestamp    -- first such session
-- column last_seen: timestamp     -- last one
-- column event_count: bigint      -- such sessions
-- column event_ids: varchar[]     -- the calls that issued the first of them
-- column session_names: varchar[] -- the names, at most twenty
with people as (
    select distinct bare_name(name) as name
    from origins
    where kind in ('iam_user', 'identity_center_user', 'saml_user') and name is not null
),
functions as (
    select distinct lower(name) as name
    from origins
    where kind = 'lambda_function' and name is not null
),
chosen as (
    select
        *,
        case
            when regexp_matches(session_name, '^m?i-[0-9a-f]{7,17}$') then 'an EC2 instance'
            when regexp_matches(
                session_name,
                '^(AWSCodeBuild-|AWSBackup-|AWSLF-00-|awslambda_[0-9]|dbi-id-|MandoService)|^(AWSCloudFormation|CognitoIdentityCredentials|SLRManagement|RolesAnywhereInternalSession|GlueJobRunnerSession)$|\.amazonaws\.com$'
            ) then 'an AWS service'
            when bare_name(session_name) in (select name from people) then 'another person'
            when lower(session_name) in (select name from functions) then 'a Lambda function'
        end as pretends
    from issued($since, $until)
    where kind in ('assume_role', 'web_identity')
        and coalesce(caller_type, '') <> 'AWSService'
        and coalesce(origin_kind, 'unknown') not in ('unknown', 'aws_service', 'external_account')
)
select
    [origin, pretends] as key,
    format(
        '{} took {} as {}, which {} the name of {}',
        of_first(who, event_time, event_id),
        of_first(role_arn, event_time, event_id),
        array_to_string(list_slice(list_sort(list(distinct session_name)), 1, 5), ', '),
        case when count(distinct session_name) = 1 then 'is' else 'are each' end,
        pretends
    ) as summary,
    of_first(role_account_id, event_time, event_id) as account_id,
    of_first(use_id, event_time, event_id) as use_id,
    min(event_time) as first_seen,
    max(event_time) as last_seen,
    count(distinct issuance_id) as event_count,
    evidence_ids(event_id, event_time) as event_ids,
    list_slice(list_sort(list(distinct session_name)), 1, 20) as session_names
from chosen
where pretends is not null
    -- Its own name, or that of the workload that it is.
    and bare_name(session_name) not in (bare_name(coalesce(origin_name, '')), lower(coalesce(origin_id, '')))
    and bare_name(session_name) <> bare_name(regexp_extract(coalesce(caller_arn, ''), '[^/:]*$'))
group by origin, pretends
order by first_seen, origin, pretends
