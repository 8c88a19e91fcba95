-- In the lake: event ids that name records of different content.
select event_id, recipient_account_id
from conflicts
