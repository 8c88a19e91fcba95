-- How the sessions of an account name their keys: a redacted export shows none, or one for all.
select
    count(*) as sessions,
    count(join_key) as with_key,
    count(distinct join_key) as keys,
    count(distinct principal_id) as principals
from uses
where account_id is not distinct from $account_id
    and user_identity_type in ('AssumedRole', 'FederatedUser', 'IAMUser', 'Root')
    and authenticated
    and invoked_by is null
    and (creation_date is not null or access_key_id is not null)
