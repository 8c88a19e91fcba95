-- In the store: event ids that name records of different content.
insert into conflicts
select event_id, recipient_account_id
from frame
except
select event_id, recipient_account_id from conflicts
