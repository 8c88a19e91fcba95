-- From the records of new files: every credential that a record says was issued, and every sign-in, role switch or grant, which starts
-- a session without naming a key. Shapes: AWS STS API; the event references of console sign-in, Cognito
-- identity pools, IAM Roles Anywhere and Lake Formation.
insert into issuing_calls by name
with calls as (
    select
        *,
        case
            when event_source = 'sts.amazonaws.com' then case event_name
                when 'AssumeRole' then 'assume_role'
                when 'AssumeRoleWithSAML' then 'saml'
                when 'AssumeRoleWithWebIdentity' then 'web_identity'
                when 'GetSessionToken' then 'session_token'
                when 'GetFederationToken' then 'federation_token'
                when 'AssumeRoot' then 'assume_root'
            end
            when event_source = 'signin.amazonaws.com' and event_name = 'ConsoleLogin' then 'console_login'
            when event_source = 'signin.amazonaws.com' and event_name = 'SwitchRole' then 'switch_role'
            when event_source = 'signin.amazonaws.com' and event_name = 'GetSigninToken' then 'signin_token'
            when event_source = 'signin.amazonaws.com' and event_name = 'CreateOAuth2Token' then 'oauth2_token'
            when event_source = 'cognito-identity.amazonaws.com' and event_name = 'GetCredentialsForIdentity'
                then 'cognito_identity'
            when event_source = 'rolesanywhere.amazonaws.com' and event_name = 'CreateSession'
                then 'roles_anywhere'
            when event_source = 'lakeformation.amazonaws.com' and event_name = 'GetDataAccess'
                then 'lake_formation'
        end as named_kind
    from new_calls
    where file_id >= $first_file_id
        and identity_id >= $first_identity_id
        and error_code is null
        and authenticated
        and coalesce(event_category, '') <> 'NetworkActivity'
        and (
            (event_source = 'sts.amazonaws.com' and event_name in (
                'AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity', 'GetSessionToken',
                'GetFederationToken', 'AssumeRoot'
            ))
            or (event_source = 'signin.amazonaws.com' and event_name in (
                'ConsoleLogin', 'SwitchRole', 'GetSigninToken', 'CreateOAuth2Token'
            ))
            or (event_source = 'lakeformation.amazonaws.com' and event_name = 'GetDataAccess')
            or (event_source = 'cognito-identity.amazonaws.com' and event_name = 'GetCredentialsForIdentity')
            or (event_source = 'rolesanywhere.amazonaws.com' and event_name = 'CreateSession')
            -- A temporary key comes with its token; anything else that shows one repeats it.
            or (contains(response_elements, '"ASIA') and regexp_matches(response_elements, '(?i)session_?token"'))
        )
),
issued as (
    select
        calls.*,
        coalesce(named_kind, 'other') as kind,
        unnest(case
            when named_kind in ('console_login', 'switch_role', 'oauth2_token', 'lake_formation')
                then [cast(null as varchar)]
            when named_kind is not null and named_kind <> 'roles_anywhere' then [
                case
                    when regexp_full_match(
                        json_extract_string(response_elements, '$.credentials.accessKeyId'), 'ASIA[A-Z0-9]{16}'
                    ) then json_extract_string(response_elements, '$.credentials.accessKeyId')
                end
            ]
            -- Roles Anywhere, and any other API that returns a temporary key, wherever in its response.
            else list_distinct(regexp_extract_all(
                cast(response_elements as varchar), '"[Aa]ccessKeyId":"(ASIA[A-Z0-9]{16})"', 1
            ))
        end) as issued_key
    from calls
),
read as (
    select
        *,
        coalesce(
            json_extract_string(request_parameters, '$.roleArn'),
            case when kind in ('switch_role', 'signin_token', 'oauth2_token') then session_issuer_arn end,
            nullif(regexp_extract(response_elements, '"roleArn":"(arn:[^"]+)"', 1), '')
        ) as role_arn,
        coalesce(
            case
                when kind = 'lake_formation'
                    then json_extract_string(additional_event_data, '$.lakeFormationRoleSessionName')
            end,
            case when kind not in ('assume_role', 'saml', 'web_identity') then session_name end,
            json_extract_string(request_parameters, '$.roleSessionName'),
            regexp_extract(json_extract_string(response_elements, '$.assumedRoleUser.arn'), '/([^/]+)$', 1)
        ) as issued_session_name,
        case kind
            when 'session_token' then principal_id
            when 'console_login' then principal_id
            when 'switch_role' then principal_id
            when 'signin_token' then principal_id
            when 'oauth2_token' then principal_id
            when 'lake_formation' then null
            when 'federation_token' then json_extract_string(response_elements, '$.federatedUser.federatedUserId')
            when 'assume_root' then nullif(regexp_extract(
                json_extract_string(request_parameters, '$.targetPrincipal'), '([0-9]{12})', 1
            ), '')
            when 'other' then coalesce(
                nullif(regexp_extract(response_elements, '"assumedRoleId":"([^"]+)"', 1), ''),
                -- A directory bucket's session keeps its caller's principal.
                case
                    when event_source = 's3express.amazonaws.com' and event_name = 'CreateSession'
                        then principal_id
                end
            )
            when 'roles_anywhere' then nullif(regexp_extract(response_elements, '"assumedRoleId":"([^"]+)"', 1), '')
            else json_extract_string(response_elements, '$.assumedRoleUser.assumedRoleId')
        end as session_principal_id,
        coalesce(
            json_extract_string(response_elements, '$.assumedRoleUser.arn'),
            json_extract_string(response_elements, '$.federatedUser.arn'),
            case when kind in ('switch_role', 'console_login', 'signin_token', 'oauth2_token') then arn end
        ) as session_arn,
        coalesce(
            json_extract_string(request_parameters, '$.sourceIdentity'),
            json_extract_string(response_elements, '$.sourceIdentity'),
            source_identity
        ) as issued_source_identity,
        coalesce(
            try_cast(json_extract_string(request_parameters, '$.durationSeconds') as bigint),
            case kind
                when 'session_token' then 43200
                when 'federation_token' then 43200
                when 'assume_root' then 900
                when 'assume_role' then 3600
                when 'saml' then 3600
                when 'web_identity' then 3600
                when 'cognito_identity' then 3600
                else 43200
            end
        ) as seconds,
        parse_time(json_extract_string(response_elements, '$.credentials.expiration')) as stated_expiration,
        -- The caller's own account was told who called; any other copy knows only account and id.
        coalesce(user_identity_type, '') <> 'AWSAccount' as caller_known,
        coalesce(user_identity_type, '') <> 'AWSAccount' as caller_told,
        -- Services and federated users are told to the role's account alone.
        coalesce(
            user_identity_type in ('AWSService', 'SAMLUser', 'WebIdentityUser')
            and recipient_account_id <> regexp_extract(
                json_extract_string(request_parameters, '$.roleArn'), '::([0-9]{12}):', 1
            ),
            false
        ) as told_elsewhere,
        coalesce(
            json_extract_string(request_parameters, '$.sourceIdentity') <> source_identity, false
        ) as source_identity_changed
    from issued
    -- A response that repeats the caller's own key issues none.
    where not (kind in ('other', 'signin_token') and issued_key = access_key_id)
        and not (kind in ('signin_token', 'cognito_identity') and issued_key is null)
        and not (
            kind = 'lake_formation'
            and json_extract_string(additional_event_data, '$.lakeFormationRoleSessionName') is null
        )
)
select
    md5(case
        when issued_key is not null then coalesce(event_source, '') || chr(31) || event_name || chr(31)
            || cast(event_time as varchar) || chr(31) || coalesce(role_arn, '') || chr(31)
            || coalesce(issued_session_name, '') || chr(31) || issued_key
        else event_name || chr(31) || cast(event_time as varchar) || chr(31)
            || coalesce(shared_event_id, event_id, request_id, use_id)
    end) as issuance_id,
    kind,
    event_time,
    event_source,
    event_name,
    aws_region,
    role_arn,
    issued_session_name,
    issued_key,
    session_principal_id,
    session_arn,
    case
        when stated_expiration between event_time and event_time + interval 37 hour then stated_expiration
        else event_time + to_seconds(least(greatest(seconds, 0), 129600))
    end as expiration,
    issued_source_identity,
    json_extract_string(request_parameters, '$.policy') as session_policy,
    json_extract_string(request_parameters, '$.policyArns') as policy_arns,
    json_extract_string(request_parameters, '$.tags') as tags,
    json_extract_string(response_elements, '$.issuer') as saml_issuer,
    coalesce(
        json_extract_string(response_elements, '$.subjectFromWebIdentityToken'),
        json_extract_string(response_elements, '$.subject'),
        case kind
            when 'cognito_identity' then json_extract_string(request_parameters, '$.identityId')
            when 'roles_anywhere' then coalesce(
                nullif(regexp_extract(response_elements, '"sourceIdentity":"([^"]+)"', 1), ''), session_name
            )
        end
    ) as issued_subject,
    case
        when kind = 'switch_role' then json_extract_string(additional_event_data, '$.SwitchFrom')
    end as switched_from,
    case
        when kind = 'oauth2_token' then coalesce(
            json_extract_string(additional_event_data, '$.signInSessionArn'), sign_in_session_arn
        )
    end as issued_sign_in_session_arn,
    use_id,
    user_identity_type,
    principal_id,
    arn,
    account_id,
    access_key_id,
    creation_date,
    invoked_by,
    identity_provider,
    user_name,
    caller_known,
    caller_told,
    told_elsewhere,
    source_identity_changed,
    form_grade(translated_from) as form_grade,
    event_id,
    recipient_account_id,
    shared_event_id,
    request_id,
    file_id,
    record
from read
