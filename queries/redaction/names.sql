-- Every text of the store that holds names of people, roles, sessions and workloads.
select distinct text
from (
    select unnest([
        principal_id, arn, user_name, session_issuer_arn, session_issuer_user_name, source_identity,
        identity_provider, federated_provider, credentials_issued_to, in_scope_of_source_arn,
        on_behalf_of_user_id, on_behalf_of_identity_store_arn
    ]) as text
    from identities
    union
    select unnest([
        role_arn, session_name, session_principal_id, session_arn, source_identity, saml_issuer, subject,
        switched_from
    ])
    from issuances
    union
    select unnest([id, arn, name]) from origins
    union
    select unnest([id, arn, name]) from caller_origins
    union
    select unnest([resource_id, arn]) from resource_events
    union
    select name from accounts
    union
    select unnest([network, as_name, city]) from addresses
)
where text is not null
