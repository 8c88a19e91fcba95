-- How the sessions of each account name their keys: a redacted export shows none, or one for all.
select
    account_id,
    count(*) as sessions,
    count(join_key) as with_key,
    count(distinct join_key) as keys,
    count(distinct principal_id) as principals
from uses
where user_identity_type in ('AssumedRole', 'FederatedUser', 'IAMUser', 'Root')
    and authenticated
    and invoked_by is null
    and (creation_date is not null or access_key_id is not null)
group by account_id
order by account_id
