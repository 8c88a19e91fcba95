-- Accounts that are none of ours or our partners': chains that lead there end there.
select account_id
from accounts
where relation = 'outside'
