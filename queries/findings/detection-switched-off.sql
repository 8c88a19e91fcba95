-- title: Detection service switched off
-- about: A row is one origin that stopped or deleted what watches an account: GuardDuty, Config, Security Hub, Access Analyzer, Macie, Inspector, Detective or VPC flow logs.
-- severity: high
-- confidence: medium
-- cannot see: Alarms, rules and log groups of CloudWatch, which come and go daily; changes made in the console of another product; what was not watched afterwards.
-- false positives: An account or a VPC that is being closed, a move to another administrator account, infrastructure code that replaces what it made.
-- what to do: Switch it on again, ask the origin, and read what happened in the account from then on.
-- param since: timestamp = null  -- only events at or after this UTC time
-- param until: timestamp = null  -- only events before this UTC time
-- column key: varchar[]          -- the origin, the account and the call
-- column summary: varchar        -- what happened
-- column account_id: varchar     -- the account that is watched less
-- column use_id: varchar         -- who did it
-- column first_seen: timestamp   -- first call
-- column last_seen: timestamp    -- last call
-- column event_count: bigint     -- calls
-- column event_ids: varchar[]    -- the first of them
-- column event_source: varchar   -- the service
-- column event_name: varchar     -- the call
-- column aws_regions: varchar[]  -- Regions
select
    [origin, recipient_account_id, event_source, event_name] as key,
    format(
        '{} called {} of {} in account {}, in {}',
        of_first(who, event_time, event_id),
        event_name,
        split_part(event_source, '.', 1),
        coalesce(recipient_account_id, 'unknown'),
        coalesce(array_to_string(list_sort(list_distinct(list(aws_region))), ', '), 'an unknown Region')
    ) as summary,
    recipient_account_id as account_id,
    of_first(use_id, event_time, event_id) as use_id,
    min(event_time) as first_seen,
    max(event_time) as last_seen,
    count(distinct event_id) as event_count,
    evidence_ids(event_id, event_time) as event_ids,
    event_source,
    event_name,
    list_sort(list_distinct(list(aws_region))) as aws_regions
from deeds($since, $until)
where event_source in (
        'guardduty.amazonaws.com', 'config.amazonaws.com', 'securityhub.amazonaws.com', 'macie2.amazonaws.com',
        'access-analyzer.amazonaws.com', 'inspector2.amazonaws.com', 'detective.amazonaws.com', 'ec2.amazonaws.com'
    )
    and (
        event_name in (
            'BatchDisableStandards', 'DeleteAnalyzer', 'DeleteConfigurationRecorder', 'DeleteDeliveryChannel',
            'DeleteDetector', 'DeleteFlowLogs', 'DeleteGraph', 'DeleteMembers', 'Disable', 'DisableMacie',
            'DisableOrganizationAdminAccount', 'DisableSecurityHub', 'DisassociateFromAdministratorAccount',
            'DisassociateFromMasterAccount', 'DisassociateMember', 'DisassociateMembers', 'StopConfigurationRecorder',
            'StopMonitoringMembers'
        )
        or event_name = 'UpdateDetector' and json_extract_string(request_parameters, '$.enable') = 'false'
        or event_name in ('CreateFilter', 'UpdateFilter')
        and json_extract_string(request_parameters, '$.action') = 'ARCHIVE'
    )
    and coalesce(user_identity_type, '') <> 'AWSService'
    -- Nobody but its service can act in a service-linked role.
    and not coalesce(contains(session_issuer_arn, ':role/aws-service-role/'), false)
group by origin, recipient_account_id, event_source, event_name
order by first_seen, origin, recipient_account_id, event_source, event_name
