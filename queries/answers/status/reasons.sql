-- Why records and files were rejected.
select reason, count(*) as rejected
from rejects
group by reason
order by rejected desc, reason
