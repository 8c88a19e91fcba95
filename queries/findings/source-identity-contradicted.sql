-- title: Source identity that contradicts the chain
-- about: A row is one source identity that another one took the place of, or that names another person than the origin.
-- about: AWS lets nobody change a source identity once it is set, so a change is a forged or damaged record; but whoever sets it first may write any name.
-- severity: medium
-- confidence: medium
-- cannot see: Source identities that name nobody in these logs, and people who have one name in AWS and another in their directory.
-- false positives: A broker that takes roles for people and writes their names, as it should.
-- what to do: Hold the origin to it, not the name; verify the log files of a changed one with `trailtrace verify`, and bind the names by `sts:SourceIdentity` in the trust policy.
-- param since: timestamp = null     -- only events at or after this UTC time
-- param until: timestamp = null     -- only events before this UTC time
-- column key: varchar[]             -- the origin or the credential, and the source identity
-- column summary: varchar           -- what happened
-- column account_id: varchar        -- account of the session
-- column use_id: varchar            -- who set the name, or the credential whose records contradict
-- column first_seen: timestamp      -- first event that shows it
-- column last_seen: timestamp       -- last one
-- column event_count: bigint        -- events that show it
-- column event_ids: varchar[]       -- the first of them
-- column source_identity: varchar   -- the source identity
with people as (
    select distinct bare_name(name) as name
    from origins
    where kind in ('iam_user', 'identity_center_user', 'saml_user') and name is not null
),
-- Who set it, or passed on another than the own.
set_by as (
    select
        use_id,
        event_time,
        event_id,
        role_account_id as account_id,
        source_identity,
        origin as behind,
        case
            when caller_source_identity <> source_identity
                then format('{} took {} as source identity {}, although the session that asked bears {}', who, role_arn, source_identity, caller_source_identity)
            else format('{} took {} with the source identity {}, which is the name of another person', who, role_arn, source_identity)
        end as what
    from issued($since, $until)
    where coalesce(caller_type, '') not in ('AWSService', 'SAMLUser')
        and (
            caller_source_identity <> source_identity
            -- Whoever inherits it did not choose it.
            or (
                caller_source_identity is null
                and bare_name(source_identity) in (select name from people)
                and bare_name(source_identity) <> bare_name(coalesce(origin_name, ''))
                and origin_kind not in ('unknown', 'external_account', 'aws_service')
            )
        )
),
-- Credentials whose records name several, or another than the only issuance that fits (C40).
contradicted as (
    select
        uses.use_id,
        uses.account_id,
        uses.source_identity,
        case
            when uses.source_identity_differs
                then format('Records of {} name different source identities', coalesce(uses.arn, 'a credential'))
            else format(
                '{} bears the source identity {}, but was issued with {}',
                coalesce(uses.arn, 'A credential'), coalesce(uses.source_identity, 'none'), coalesce(refused.issued_with, 'none')
            )
        end as what
    from uses
    left join (
        select links.use_id, min(issuances.source_identity) as issued_with
        from links
        join issuances on issuances.issuance_id = links.issuance_id
        group by links.use_id
        having bool_and(links.grade = 'none') and bool_or(links.why = 'the source identity differs (L18)')
    ) as refused on refused.use_id = uses.use_id
    where uses.authenticated and (uses.source_identity_differs or refused.use_id is not null)
),
shown as (
    select * from set_by
    union all by name
    select
        contradicted.*,
        calls.event_time,
        calls.event_id,
        'credential#' || contradicted.use_id as behind
    from contradicted
    join told_calls($since, $until) as calls on calls.use_id = contradicted.use_id
)
select
    [behind, source_identity] as key,
    of_first(what, event_time, event_id) as summary,
    of_first(account_id, event_time, event_id) as account_id,
    of_first(use_id, event_time, event_id) as use_id,
    min(event_time) as first_seen,
    max(event_time) as last_seen,
    count(distinct event_id) as event_count,
    evidence_ids(event_id, event_time) as event_ids,
    source_identity
from shown
group by behind, source_identity
order by first_seen, behind, source_identity
