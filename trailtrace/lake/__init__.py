"""Beyond one machine: the tables of a store as Parquet, made by Spark, read by DuckDB."""
