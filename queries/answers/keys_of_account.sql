-- How the sessions of an account name their keys: a redacted export shows none, or one for all.
select * exclude (account_id)
from keys_of_accounts
where account_id is not distinct from $account_id
