-- The tables and views of the store, their columns, and what is said of each.
select
    columns.table_name,
    columns.column_name,
    lower(columns.data_type) as data_type,
    columns.comment,
    views.comment as view_comment
from duckdb_columns() as columns
left join duckdb_views() as views
    on views.view_name = columns.table_name
    and not views.internal
where not columns.internal
    and columns.database_name = current_database()
order by columns.table_name, columns.column_index
