-- Event ids that now name records of different content in one account.
insert into conflicts
select event_id, recipient_account_id
from repeats
where event_id is not null and copy = 1
group by event_id, recipient_account_id
having count(*) > 1
except
select event_id, recipient_account_id from conflicts
