-- Regions of an account that hold events within some hours.
select distinct aws_region
from records
where event_time between $since and $until
    and recipient_account_id = $account_id
    and aws_region is not null
order by aws_region
