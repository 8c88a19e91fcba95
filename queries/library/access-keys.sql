-- title: Long-term access keys and who made them
-- about: A row is one key that was made, deleted or used, with its maker's origin and its use in these logs.
-- about: A key made before the first record has no maker here.
-- column access_key_id: varchar  -- the key
-- column user_name: varchar      -- whose it is
-- column made_at: timestamp      -- when it was made
-- column maker_arn: varchar      -- who made it, as the record names them
-- column maker_kind: varchar     -- kind of the maker's origin
-- column maker_name: varchar     -- name or id of the maker's origin
-- column deleted_at: timestamp   -- when it was deleted
-- column first_seen: timestamp   -- first use
-- column last_seen: timestamp    -- last use
-- column records: bigint         -- records it left
with made as (
    select
        coalesce(
            json_extract_string(response_elements, '$.accessKey.accessKeyId'),
            json_extract_string(request_parameters, '$.accessKeyId')
        ) as access_key_id,
        coalesce(
            json_extract_string(response_elements, '$.accessKey.userName'),
            json_extract_string(request_parameters, '$.userName')
        ) as owner,
        event_name,
        event_time,
        arn,
        origin_kind,
        origin_name,
        origin_id
    from calls
    where event_source = 'iam.amazonaws.com'
        and event_name in ('CreateAccessKey', 'DeleteAccessKey')
        and error_code is null
),
changes as (
    select
        access_key_id,
        max(owner) as owner,
        min(event_time) filter (where event_name = 'CreateAccessKey') as made_at,
        min(arn) filter (where event_name = 'CreateAccessKey') as maker_arn,
        min(origin_kind) filter (where event_name = 'CreateAccessKey') as maker_kind,
        min(coalesce(origin_name, origin_id)) filter (where event_name = 'CreateAccessKey') as maker_name,
        max(event_time) filter (where event_name = 'DeleteAccessKey') as deleted_at
    from made
    where access_key_id is not null
    group by access_key_id
),
used as (
    select
        access_key_id,
        max(user_name) as user_name,
        min(first_seen) as first_seen,
        max(last_seen) as last_seen,
        cast(sum(event_count) as bigint) as records
    from uses
    where starts_with(access_key_id, 'AKIA')
        and authenticated
    group by access_key_id
)
select
    coalesce(changes.access_key_id, used.access_key_id) as access_key_id,
    coalesce(used.user_name, changes.owner) as user_name,
    changes.made_at,
    changes.maker_arn,
    changes.maker_kind,
    changes.maker_name,
    changes.deleted_at,
    used.first_seen,
    used.last_seen,
    coalesce(used.records, 0) as records
from changes
full join used on used.access_key_id = changes.access_key_id
order by access_key_id
