-- The time before which records were pruned; null if none were.
select max(before) as before
from prunes
