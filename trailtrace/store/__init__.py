"""The store: one DuckDB file. The only package that imports duckdb."""

from trailtrace.store.connection import Store, TooLongError
from trailtrace.store.needed import Needed
from trailtrace.store.opening import (
    FIRST_SCHEMA_VERSION,
    LOCK_WAIT_SECONDS,
    SCHEMA_VERSION,
    memory_store,
    open_store,
    parquet_store,
    rewrite,
)
from trailtrace.store.parquet import Part

__all__ = [
    "FIRST_SCHEMA_VERSION",
    "LOCK_WAIT_SECONDS",
    "SCHEMA_VERSION",
    "Needed",
    "Part",
    "Store",
    "TooLongError",
    "memory_store",
    "open_store",
    "parquet_store",
    "rewrite",
]
