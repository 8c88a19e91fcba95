-- In the store: the days that were loaded of a lake.
select day, whole
from lake_days
