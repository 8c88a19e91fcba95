-- Expressions that detections share; made anew for each run, so that a store need not hold them.

-- The ids of the first events that show a finding, at most twenty; an id may come twice.
create or replace temp macro evidence_ids(event, moment) as coalesce(
    list_transform(
        min({'moment': moment, 'event': event}, 20) filter (event is not null), lambda first: first.event
    ),
    []
);

-- Whether a call was refused for want of permission.
create or replace temp macro is_denied(error_code) as coalesce(
    regexp_matches(error_code, '(?i)denied|unauthori[sz]ed|forbidden|notauthorized'), false
);

-- Whether a call only reads. Records before version 1.05 do not say; the names of AWS's calls do.
create or replace temp macro is_read_only(stated, event_name) as coalesce(stated, regexp_matches(
    event_name, '^(Get|List|Describe|Head|BatchGet|Lookup|Search|Select|Scan|Query|Check|Simulate|View)'
));

-- The event id of an issuing call, by the record of that account if it is held.
create or replace temp macro evidence_of(evidence, account_id) as coalesce(
    list_min(list_transform(
        list_filter(evidence, lambda record: record.recipient_account_id = account_id), lambda record: record.event_id
    )),
    list_min(list_transform(evidence, lambda record: record.event_id))
);

-- The value that goes with the first event.
create or replace temp macro of_first(value, moment, event) as arg_min(value, {'moment': moment, 'event': event});

-- A number with its noun: `1 call`, `2 calls`.
create or replace temp macro counted(number, noun) as format('{} {}{}', number, noun, case when number = 1 then '' else 's' end);

create or replace temp macro in_utc(moment) as strftime(moment, '%Y-%m-%dT%H:%M:%SZ');

-- An origin in words; `arn` is that of the credential, for who is unknown.
create or replace temp macro origin_words(kind, name, id, origin_arn, arn, grade) as case
    when kind in ('unknown', 'anonymous') or coalesce(name, id, origin_arn) is null
        then 'Somebody unknown with ' || coalesce(arn, 'a credential that has no name')
    else case when grade in ('proof', 'strong') then '' when grade = 'probable' then 'Probably ' else 'Perhaps ' end
        || case kind
            when 'iam_user' then 'IAM user '
            when 'root' then 'Root user of account '
            when 'identity_center_user' then 'Identity Center user '
            when 'saml_user' then 'SAML user '
            when 'oidc_subject' then 'OIDC subject '
            when 'ec2_instance' then 'EC2 instance '
            when 'lambda_function' then 'Lambda function '
            when 'ecs_task' then 'ECS task '
            when 'eks_pod' then 'EKS pod '
            when 'aws_service' then 'AWS service '
            when 'external_account' then 'Another account '
            else kind || ' '
        end
        || case when kind = 'root' then coalesce(id, origin_arn, name) else coalesce(name, id, origin_arn) end
end;

-- What tells one origin from others; of an unknown one, the session that it acts in: two sessions of a role
-- may be two people.
create or replace temp macro origin_key(kind, id, origin_arn, principal_id, use_id) as case
    when kind <> 'unknown' and coalesce(id, origin_arn) is not null then kind || '#' || coalesce(id, origin_arn)
    else coalesce(kind, 'unknown') || '#' || coalesce(principal_id, use_id)
end;

-- What keeps calls that are surely an origin's apart from those that are less surely its own.
create or replace temp macro sureness(grade) as case
    when grade in ('proof', 'strong') or grade is null then ''
    else ' (' || grade || ')'
end;

-- The eight 16-bit groups of an IPv6 address, an IPv4 address being the end of ::ffff:0:0; null: no address.
create or replace temp macro groups_of(address) as case
    when regexp_full_match(address, '[0-9]{1,3}(\.[0-9]{1,3}){3}') then case
        when list_max(list_transform(string_split(address, '.'), lambda part: cast(part as integer))) < 256 then
            [0, 0, 0, 0, 0, 65535]
            || [
                cast(split_part(address, '.', 1) as integer) * 256 + cast(split_part(address, '.', 2) as integer),
                cast(split_part(address, '.', 3) as integer) * 256 + cast(split_part(address, '.', 4) as integer)
            ]
    end
    when regexp_full_match(lower(address), '[0-9a-f]{1,4}(:[0-9a-f]{1,4}){7}')
        then list_transform(string_split(address, ':'), lambda part: cast('0x' || part as integer))
    when regexp_full_match(lower(address), '([0-9a-f]{1,4}(:[0-9a-f]{1,4})*)?::([0-9a-f]{1,4}(:[0-9a-f]{1,4})*)?')
        and len(regexp_extract_all(address, '[0-9a-fA-F]+')) < 8
        then list_transform(regexp_extract_all(split_part(address, '::', 1), '[0-9a-fA-F]+'), lambda part: cast('0x' || part as integer))
            || list_resize(cast([] as integer[]), 8 - len(regexp_extract_all(address, '[0-9a-fA-F]+')), 0)
            || list_transform(regexp_extract_all(split_part(address, '::', 2), '[0-9a-fA-F]+'), lambda part: cast('0x' || part as integer))
end;

-- The 128 bits of an address, as text.
create or replace temp macro bits_of(address) as array_to_string(
    list_transform(groups_of(address), lambda part: lpad(bin(part), 16, '0')), ''
);

-- The network of an address: an IPv4 /24, an IPv6 /48; null for what is none, such as a service's name.
create or replace temp macro network_of(address) as case
    when groups_of(address) is null then null
    when contains(address, '.') then regexp_extract(address, '(.*\.)[0-9]+', 1) || '0/24'
    else format('{:x}:{:x}:{:x}::/48', groups_of(address)[1], groups_of(address)[2], groups_of(address)[3])
end;

-- How many of these bits name a network in CIDR notation; a lone address is a network of its own.
create or replace temp macro prefix_of(network) as case when contains(network, ':') then 0 else 96 end
    + coalesce(
        try_cast(nullif(split_part(network, '/', 2), '') as integer), case when contains(network, ':') then 128 else 32 end
    );

-- Whether an address lies in one of these networks.
create or replace temp macro in_networks(address, networks) as coalesce(
    list_bool_or(list_transform(networks, lambda network: coalesce(
        contains(address, ':') = contains(network, ':')
        and left(bits_of(address), prefix_of(network)) = left(bits_of(split_part(network, '/', 1)), prefix_of(network)),
        false
    ))),
    false
);

-- The same, or in an own network of the store, which knows that of each address already.
create or replace temp macro is_known_address(address, networks) as in_networks(address, networks)
    or coalesce(address in (
        select labelled.address
        from main.addresses as labelled
        where labelled.network is not null
    ), false);

-- The lesser of two grades.
create or replace temp macro least_grade(grade, at_most) as case
    when at_most is null or list_position(['none', 'weak', 'probable', 'strong', 'proof'], grade)
        <= list_position(['none', 'weak', 'probable', 'strong', 'proof'], at_most) then grade
    else at_most
end;

-- The calls of a window, each once, by the credential that made them: not what somebody else's log claims of a
-- caller, nor another account's copy of a call whose own record is held. `at_most` is the grade that a record can
-- have which another account alone tells of (L17), or whose file failed verification.
create or replace temp macro told_calls(since, until) as table
select
    records.event_time,
    records.event_id,
    records.event_source,
    records.event_name,
    records.aws_region,
    records.recipient_account_id,
    records.source_ip_address,
    records.vpc_endpoint_id,
    records.user_agent,
    records.error_code,
    records.error_message,
    records.request_parameters,
    records.response_elements,
    records.additional_event_data,
    identities.user_identity_type,
    identities.access_key_id,
    identities.principal_id,
    identities.arn,
    identities.account_id,
    identities.user_name,
    identities.invoked_by,
    identities.creation_date,
    identities.session_issuer_arn,
    coalesce(copies.use_id, records_apart.use_id, named_identities.authenticated_use_id) as use_id,
    case
        when records.file_id in (select file_id from files where integrity = 'failed') then 'weak'
        when copies.rule = 'L17' then 'probable'
    end as at_most
from records
join identities on identities.identity_id = records.identity_id
join named_identities on named_identities.identity_id = records.identity_id
left join records_apart
    on records_apart.file_id = records.file_id and records_apart.record = records.record
left join copies on copies.file_id = records.file_id and copies.record = records.record
where coalesce(records.event_category, '') <> 'NetworkActivity'
    and coalesce(records_apart.authenticated, true)
    and coalesce(copies.rule, '') <> 'L15'
    and (since::timestamp is null or records.event_time >= since)
    and (until::timestamp is null or records.event_time < until);

-- The calls of `told_calls` that are not simply those of their identity: apart, or told by another account (`copied_by`).
create or replace temp macro calls_apart() as table
select
    coalesce(records_apart.event_time, copies.event_time) as event_time,
    coalesce(records_apart.file_id, copies.file_id) as file_id,
    coalesce(records_apart.record, copies.record) as record,
    coalesce(copies.use_id, records_apart.use_id) as use_id,
    copies.rule as copied_by
from records_apart
full join copies on copies.file_id = records_apart.file_id and copies.record = records_apart.record
where coalesce(records_apart.authenticated, true)
    and coalesce(copies.rule, '') <> 'L15';

-- The same of a few credentials, which are found without reading all others.
create or replace temp macro calls_of_uses(use_ids, since, until) as table
with wanted as materialized (
    select unnest(use_ids) as use_id
),
named as materialized (
    select named_identities.identity_id, named_identities.authenticated_use_id as use_id
    from named_identities
    where named_identities.authenticated_use_id in (select use_id from wanted)
)
select
    records.event_time,
    records.event_id,
    records.event_source,
    records.event_name,
    records.recipient_account_id,
    records.source_ip_address,
    records.vpc_endpoint_id,
    records.user_agent,
    records.error_code,
    named.use_id,
    null as copied_by
from records
join named on named.identity_id = records.identity_id
anti join records_apart
    on records_apart.file_id = records.file_id and records_apart.record = records.record
anti join copies on copies.file_id = records.file_id and copies.record = records.record
where coalesce(records.event_category, '') <> 'NetworkActivity'
    and (since::timestamp is null or records.event_time >= since)
    and (until::timestamp is null or records.event_time < until)
union all
select
    records.event_time,
    records.event_id,
    records.event_source,
    records.event_name,
    records.recipient_account_id,
    records.source_ip_address,
    records.vpc_endpoint_id,
    records.user_agent,
    records.error_code,
    apart.use_id,
    apart.copied_by
from calls_apart() as apart
join records
    on records.event_time = apart.event_time
    and records.file_id = apart.file_id
    and records.record = apart.record
where apart.use_id in (select use_id from wanted)
    and coalesce(records.event_category, '') <> 'NetworkActivity'
    and (since::timestamp is null or records.event_time >= since)
    and (until::timestamp is null or records.event_time < until);

-- A short name for what texts name together: the same in every report.
create or replace temp macro short_key(texts) as substr(
    md5(array_to_string(list_transform(texts, lambda part: coalesce(part, '')), chr(31))), 1, 12
);

-- The grade that the caller of an issuing call can have: its session was searched for, or was told by another
-- account alone (L11, L17), or the file of its record failed verification.
create or replace temp macro told_issuances() as table
select
    issuances.issuance_id,
    case
        when exists (
            select 1
            from (select unnest(issuances.evidence) as told)
            where told.file_id in (select file_id from files where integrity = 'failed')
        ) then 'weak'
        when searched.issuance_id is not null then 'probable'
    end as at_most
from issuances
left join (
    select distinct issuance_id
    from links
    where parent_rule in ('L11', 'L17') and grade <> 'none'
) as searched on searched.issuance_id = issuances.issuance_id;

-- Every time a role was assumed, but by services, with the origin behind the caller, as above.
create or replace temp macro assumed_roles() as table
select
    issuances.issuance_id,
    issuances.event_time,
    evidence_of(issuances.evidence, issuances.caller_account_id) as event_id,
    issuances.role_arn,
    issuances.session_policy,
    issuances.policy_arns,
    issuances.caller_arn,
    issuances.caller_principal_id,
    issuances.caller_account_id,
    origins.use_id,
    origin_key(
        origins.kind, origins.id, origins.arn, issuances.caller_principal_id, issuances.caller_use_id
    ) || sureness(least_grade(origins.grade, told.at_most)) as origin,
    origin_words(
        origins.kind,
        origins.name,
        origins.id,
        origins.arn,
        issuances.caller_arn,
        least_grade(origins.grade, told.at_most)
    ) as who
from issuances
join told_issuances() as told on told.issuance_id = issuances.issuance_id
left join origins
    on origins.use_id = issuances.caller_use_id
    and (origins.covers_from is null or issuances.event_time >= origins.covers_from)
    and (origins.covers_until is null or issuances.event_time <= origins.covers_until)
where issuances.kind = 'assume_role' and issuances.caller_type is distinct from 'AWSService';

-- Since when the logs of each account are held, without what was pruned.
create or replace temp macro held_accounts() as table
select
    recipient_account_id as account_id,
    greatest(min(event_time), (select max(before) from prunes)) as held_since
from records
where recipient_account_id is not null
group by recipient_account_id;

-- What people call themselves in names of users and sessions: without the domain, in small letters.
create or replace temp macro bare_name(name) as lower(split_part(name, '@', 1));
