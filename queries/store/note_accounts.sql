-- What is said of accounts, in place of what was said before.
delete from accounts;

insert into accounts (account_id, name, relation)
select account_id, name, relation
from frame
order by account_id
