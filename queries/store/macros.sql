-- Expressions that more than one statement needs.

-- UTC timestamp of any time format seen in CloudTrail exports, else null: ISO with Z, offset or
-- neither, ISO basic, 'YYYY-MM-DD HH:MM:SS[.fff]', 'Jul 10, 2023, 12:31:14 PM' (with or without
-- the second comma, narrow no-break space allowed), epoch seconds or milliseconds.
create or replace macro parse_time(t) as coalesce(
    try_strptime(t, '%Y-%m-%dT%H:%M:%SZ'),
    case
        when t is null then null
        when regexp_full_match(t, '[0-9]{9,10}(\.[0-9]+)?')
            then make_timestamp(cast(round(try_cast(t as double) * 1000000) as bigint))
        when regexp_full_match(t, '[0-9]{12,13}')
            then make_timestamp(try_cast(t as bigint) * 1000)
        when regexp_matches(t, '[+-][0-9]{2}:?[0-9]{2}$') then cast(coalesce(
            try_strptime(replace(t, ' ', 'T'), '%Y-%m-%dT%H:%M:%S%z'),
            try_strptime(replace(t, ' ', 'T'), '%Y-%m-%dT%H:%M:%S.%f%z')
        ) as timestamp)
        else try_strptime(
            regexp_replace(replace(trim(t), chr(8239), ' '), '([0-9]:) ([0-9])', '\1\2', 'g'),
            [
                '%Y-%m-%dT%H:%M:%SZ',
                '%Y-%m-%dT%H:%M:%S.%fZ',
                '%Y-%m-%d %H:%M:%S',
                '%Y-%m-%d %H:%M:%S.%f',
                '%Y-%m-%dT%H:%M:%S',
                '%Y-%m-%dT%H:%M:%S.%f',
                '%Y%m%dT%H%M%SZ',
                '%b %d, %Y, %I:%M:%S %p',
                '%b %d, %Y %I:%M:%S %p'
            ]
        )
    end
);

-- AWS issued no credential before this; a time outside comes from a broken clock or a forger.
create or replace macro plausible_time(t) as case
    when t between timestamp '2000-01-01' and timestamp '2200-01-01' then t
end;

-- CloudTrail's booleans may be JSON booleans or strings.
create or replace macro parse_boolean(t) as try_cast(nullif(t, '') as boolean);

-- JSON text without session tokens and secrets, in any spelling, also inside nested JSON strings.
-- Every record is looked through for them: what is looked for first begins with a rare letter.
create or replace macro redact_tokens(j) as case
    when j is null then null
    when contains(j, 'ken') or contains(j, 'KEN')
        or (contains(j, 'cret') or contains(j, 'CRET')) and (contains(j, 'ccess') or contains(j, 'CCESS'))
        then regexp_replace(
            regexp_replace(
                j,
                '(?i)((?:(?:session|security|refresh|access|id|web_?identity)[_-]?tokens?|secret_?access_?key)\\*"\s*:\s*\[?\s*\\*")(?:[^"\\]|\\+[^"\\])+',
                '\1[redacted]',
                'g'
            ),
            '(?i)(x-amz-security-token\\*"\s*:\s*\\*"|(?:(?:session|security)[_-]?token|secret_?access_?key)=(?:\\*["''])?)(?:[^"\\&\s]|\\+[^"\\])+',
            '\1[redacted]',
            'g'
        )
    else j
end;

-- A JSON member that a pipeline stored as text is read as the JSON it holds; "" and null are absent.
create or replace macro json_member(j) as case
    when j is null or cast(j as varchar) in ('null', '""', '"null"') then null
    when starts_with(cast(j as varchar), '"')
        then coalesce(try_cast(json_extract_string(j, '$') as json), j)
    else j
end;

-- True where a member that should be an object holds something else. DuckDB gives scalars no keys
-- and reads them as an object without members, as it does {}; "" and null are absent.
create or replace macro not_an_object(identity, path, keys, object) as case
    when len(keys) = 0 and object is not null
        then json_type(identity, path) <> 'OBJECT' and json_extract_string(identity, path) <> ''
    else false
end;

-- True where an object names a member twice.
create or replace macro names_twice(keys) as coalesce(len(keys) <> len(list_distinct(keys)), false);

-- Removing known members leaves empty parents behind; this drops them, innermost first.
create or replace macro drop_empty_members(j) as regexp_replace(
    regexp_replace(
        j,
        '"(?:onBehalfOf|invokedByDelegate|inScopeOf|sessionIssuer|attributes|webIdFederationData|sessionContext)":\{\},?',
        '',
        'g'
    ),
    ',\}',
    '}',
    'g'
);
create or replace macro without_empty_objects(j) as drop_empty_members(drop_empty_members(j));

-- The members of a record that become columns, as from_json wants them. An object where text is
-- expected becomes its JSON text; what is absent becomes null.
create or replace macro record_shape() as '{
    "eventTime":"VARCHAR","eventID":"VARCHAR","eventVersion":"VARCHAR","eventSource":"VARCHAR",
    "eventName":"VARCHAR","eventType":"VARCHAR","eventCategory":"VARCHAR","awsRegion":"VARCHAR",
    "recipientAccountId":"VARCHAR","sourceIPAddress":"VARCHAR","userAgent":"VARCHAR",
    "errorCode":"VARCHAR","errorMessage":"VARCHAR","requestID":"VARCHAR","sharedEventID":"VARCHAR",
    "apiVersion":"VARCHAR","readOnly":"VARCHAR","managementEvent":"VARCHAR",
    "vpcEndpointId":"VARCHAR","vpcEndpointAccountId":"VARCHAR","sessionCredentialFromConsole":"VARCHAR",
    "requestParameters":"JSON","responseElements":"JSON","additionalEventData":"JSON",
    "serviceEventDetails":"JSON","resources":"JSON","tlsDetails":"JSON","addendum":"JSON"
}';

-- The same for its userIdentity member.
create or replace macro identity_shape() as '{
    "type":"VARCHAR","principalId":"VARCHAR","arn":"VARCHAR","accountId":"VARCHAR",
    "accessKeyId":"VARCHAR","userName":"VARCHAR","invokedBy":"VARCHAR",
    "identityProvider":"VARCHAR","credentialId":"VARCHAR",
    "translatedFrom":"VARCHAR",
    "onBehalfOf":{"userId":"VARCHAR","identityStoreArn":"VARCHAR"},
    "invokedByDelegate":{"accountId":"VARCHAR"},
    "inScopeOf":{"sourceArn":"VARCHAR","sourceAccount":"VARCHAR","issuerType":"VARCHAR",
        "credentialsIssuedTo":"VARCHAR"},
    "sessionContext":{
        "sourceIdentity":"VARCHAR","ec2RoleDelivery":"VARCHAR","assumedRoot":"VARCHAR",
        "signInSessionArn":"VARCHAR",
        "sessionIssuer":{"type":"VARCHAR","principalId":"VARCHAR","arn":"VARCHAR",
            "accountId":"VARCHAR","userName":"VARCHAR"},
        "attributes":{"creationDate":"VARCHAR","mfaAuthenticated":"VARCHAR",
            "sessionCredentialFromConsole":"VARCHAR"},
        "webIdFederationData":{"federatedProvider":"VARCHAR"}
    }
}';

-- AWS tells a principal's full identity to its own account alone; any other log only claims it.
-- Records had no recipient before version 1.02.
create or replace macro told_by_own_account(type, account, arn, recipient, version) as case
    when not coalesce(
        type in ('IAMUser', 'AssumedRole', 'Root', 'FederatedUser', 'IdentityCenterUser', 'Role'), false
    ) then true
    when recipient is null then coalesce(version in ('1.0', '1.00', '1.01'), true)
    else coalesce(recipient = coalesce(account, nullif(split_part(arn, ':', 5), '')), true)
end;

-- Records before version 1.07 have no category.
create or replace macro is_management(management_event, category) as
    coalesce(management_event, true) and coalesce(category, 'Management') = 'Management';

-- The use of a SwitchRole record is its own: it is signed by a session that has no key yet.
create or replace macro use_id_at(use_id, source, name, moment) as case
    when source = 'signin.amazonaws.com' and name = 'SwitchRole'
        then md5(use_id || chr(31) || cast(moment as varchar))
    else use_id
end;

-- A failed sign-in, a rejected token or a wrong signature names a principal that did not act.
create or replace macro is_authenticated(source, name, response, error) as not (
    (name = 'ConsoleLogin' and coalesce(json_extract_string(response, '$.ConsoleLogin'), '') <> 'Success')
    or (name = 'SwitchRole' and source = 'signin.amazonaws.com'
        and coalesce(json_extract_string(response, '$.SwitchRole'), '') <> 'Success')
    or (name = 'CheckMfa' and source = 'signin.amazonaws.com')
    or coalesce(error, '') in (
        'SignatureDoesNotMatch', 'InvalidSignatureException', 'InvalidClientTokenId',
        'InvalidAccessKeyId', 'UnrecognizedClientException', 'IncompleteSignature',
        'MissingAuthenticationToken', 'AuthFailure', 'Client.AuthFailure', 'InvalidToken'
    )
    or (name in ('AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity') and coalesce(error, '') in (
        'InvalidIdentityToken', 'InvalidIdentityTokenException', 'IDPRejectedClaim',
        'IDPRejectedClaimException', 'ExpiredToken', 'ExpiredTokenException'
    ))
);

-- The name of one use: all that its records say about which credential signed them.
-- The best grade that the form of a record allows, as a number. OCSF has a place for whatever has none in it;
-- other forms leave members out, even such as say that somebody else acted.
create or replace macro form_grade(translated_from) as case
    when translated_from is null then 4
    when starts_with(translated_from, 'OCSF') then 3
    else 2
end;

-- What was translated makes uses of its own, so that it lends nothing to what CloudTrail itself wrote.
create or replace macro use_id_of(type, key, principal, created, account, service, subject, delegate, arn, translated, authenticated) as md5(
    coalesce(type, '') || chr(31) || coalesce(key, '') || chr(31) || coalesce(principal, '') || chr(31)
    || coalesce(cast(created as varchar), '') || chr(31) || coalesce(account, '') || chr(31)
    || coalesce(service, '') || chr(31) || coalesce(subject, '') || chr(31) || coalesce(delegate, '')
    || chr(31) || coalesce(arn, '') || chr(31) || case when authenticated then '' else 'unauthenticated' end
    || case when translated is null then '' else chr(31) || 'form ' || cast(form_grade(translated) as varchar) end
);

-- The members of a record that have no column, those of its userIdentity among them.
create or replace macro whole_extra(of_record, of_identity) as case
    when of_identity is null then of_record
    else cast(json_merge_patch(
        coalesce(of_record, '{}'), '{"userIdentity":' || of_identity || '}'
    ) as varchar)
end;
