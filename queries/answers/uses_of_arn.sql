-- Uses of a session ARN or user ARN.
select *
from uses
where arn = $target and use_id in (select use_id from used_arns where arn = $target)
order by use_id
