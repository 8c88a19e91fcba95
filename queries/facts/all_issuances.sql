-- Issuances for provenance, each with whether the role's own account has a record of the call.
select
    * exclude (evidence, session_policy, policy_arns),
    coalesce(
        list_contains(
            list_transform(evidence, lambda place: place.recipient_account_id),
            nullif(regexp_extract(role_arn, ':iam::([0-9]+):', 1), '')
        ),
        true
    ) as told_to_role_account
from issuances
