-- What is said of accounts.
select account_id, name, relation
from accounts
order by account_id
