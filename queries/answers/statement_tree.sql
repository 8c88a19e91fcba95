-- How DuckDB reads a statement, as JSON; fails for anything but one select.
select json_serialize_sql($text) as tree
