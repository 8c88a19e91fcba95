-- Every view and macro, and how it is defined.
select view_name as name, sql as text
from duckdb_views()
where not internal
union all
select function_name as name, macro_definition as text
from duckdb_functions()
where not internal and macro_definition is not null
