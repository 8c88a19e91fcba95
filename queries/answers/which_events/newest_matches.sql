-- Calls that a question asks for, newest first, and how many there are. A parameter that is null asks for
-- nothing. A call that two accounts recorded counts once.
create or replace temp table newest_matches as
with matching as (
    select event_time, event_id, recipient_account_id, file_id, record
    from records
    join identities on identities.identity_id = records.identity_id
    where (cast($since as timestamp) is null or event_time >= $since)
        and (cast($until as timestamp) is null or event_time < $until)
        and (cast($call as varchar) is null or lower(event_name) glob lower($call))
        and (cast($service as varchar) is null or event_source = $service)
        and (cast($region as varchar) is null or aws_region = $region)
        and (
            cast($account as varchar) is null
            or coalesce(recipient_account_id, identities.account_id) = $account
        )
        and (cast($error as varchar) is null or contains(lower(error_code), lower($error)))
        and (cast($agent as varchar) is null or contains(lower(user_agent), lower($agent)))
        and (cast($addresses as varchar[]) is null or source_ip_address in (select unnest($addresses)))
        and (
            cast($resource as varchar) is null
            -- The whole name: bird is neither birds nor bird-songs.
            or (
                contains(concat_ws(' ', resources, request_parameters, response_elements), $resource)
                and regexp_matches(
                    concat_ws(' ', resources, request_parameters, response_elements),
                    '(^|[^A-Za-z0-9_.-])' || regexp_escape($resource) || '([^A-Za-z0-9_.-]|$)'
                )
            )
        )
        and coalesce(event_category, '') <> 'NetworkActivity'
        -- Another account's copy of a call that the caller's own account recorded too.
        and not (
            coalesce(user_identity_type, '') = 'AWSAccount'
            and shared_event_id is not null
            and shared_event_id in (
                select others.shared_event_id
                from records as others
                join identities as callers on callers.identity_id = others.identity_id
                where others.shared_event_id is not null
                    and coalesce(callers.user_identity_type, '') <> 'AWSAccount'
                    and coalesce(others.event_category, '') <> 'NetworkActivity'
            )
        )
)
select *, count(*) over () as matches
from matching
order by event_time desc, event_id desc, recipient_account_id, file_id, record
limit $most
