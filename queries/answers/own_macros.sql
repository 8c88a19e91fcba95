-- The macros of the store itself.
select distinct function_name
from duckdb_functions()
where not internal
order by function_name
