-- Uses whose chain ends in a function.
select uses.*
from uses
join origins on origins.use_id = uses.use_id
where origins.kind = 'lambda_function' and (origins.id = $target or origins.arn = $target)
order by uses.use_id
