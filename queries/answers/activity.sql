-- What some credentials did, and where they were used from, most often first: a row per credential, by its
-- number, and call or address. The time window prunes what is read.
with wanted as (
    select
        unnest(cast($numbers as bigint[])) as number,
        unnest(cast($first_seen as timestamp[])) as first_seen,
        unnest(cast($last_seen as timestamp[])) as last_seen,
        unnest(cast($access_key_ids as varchar[])) as access_key_id,
        unnest(cast($principal_ids as varchar[])) as principal_id,
        unnest(cast($creation_dates as timestamp[])) as creation_date,
        unnest(cast($types as varchar[])) as user_identity_type,
        unnest(cast($account_ids as varchar[])) as account_id,
        unnest(cast($delegate_account_ids as varchar[])) as delegate_account_id
),
made as (
    select wanted.number, wanted.first_seen, wanted.last_seen, identities.identity_id
    from identities
    join wanted
        on wanted.access_key_id is not distinct from identities.access_key_id
        and wanted.principal_id is not distinct from identities.principal_id
        and wanted.creation_date is not distinct from identities.creation_date
        and wanted.user_identity_type is not distinct from identities.user_identity_type
        and wanted.account_id is not distinct from identities.account_id
        and wanted.delegate_account_id is not distinct from identities.invoked_by_delegate_account_id
)
select
    made.number,
    grouping(event_name) = 0 as is_call,
    event_source,
    event_name,
    source_ip_address,
    count(distinct coalesce(event_id, cast(file_id as varchar) || '#' || cast(record as varchar)))
        filter (where coalesce(event_category, '') <> 'NetworkActivity') as calls,
    count(error_code) filter (where coalesce(event_category, '') <> 'NetworkActivity') as errors,
    count(*) as addressed
from records
join made on made.identity_id = records.identity_id
where event_time between $since and $until
    and event_time between made.first_seen and made.last_seen
group by grouping sets ((made.number, event_source, event_name), (made.number, source_ip_address))
order by
    made.number,
    is_call,
    case when grouping(event_name) = 0 then calls else addressed end desc,
    event_source,
    event_name,
    source_ip_address
