-- The origin of an issuance's caller that is no session or user of these logs.
select kind, id, arn, account_id, name, grade, stop
from caller_origins
where issuance_id = $issuance_id
