-- Issuances for provenance, each with whether the role's own account has a record of the call. A record
-- in a file that failed verification contradicts the others, as it were: what CloudTrail wrote there
-- was something else.
select
    * exclude (evidence, session_policy, policy_arns) replace (
        conflicting or issuance_id in (
            select issuing_calls.issuance_id
            from issuing_calls
            join files on files.file_id = issuing_calls.file_id
            where files.integrity = 'failed'
        ) as conflicting
    ),
    coalesce(
        list_contains(
            list_transform(evidence, lambda place: place.recipient_account_id),
            nullif(regexp_extract(role_arn, ':iam::([0-9]+):', 1), '')
        ),
        true
    ) as told_to_role_account
from issuances
