-- Regions of an account that the store holds events of.
select distinct aws_region
from events
where recipient_account_id = $account_id and aws_region is not null
order by aws_region
