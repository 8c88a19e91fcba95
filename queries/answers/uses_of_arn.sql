-- Uses of a session ARN or user ARN.
select * from uses where arn = $target order by use_id
