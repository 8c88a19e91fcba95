"""A lake as a store: the same tables, views and macros, over the Parquet files that its manifest names."""

from __future__ import annotations

from pathlib import Path

from trailtrace.lake.manifest import (
    BUILD_TABLES,
    DAY_TABLES,
    WHOLE_TABLES,
    Manifest,
    parquet_files,
    read_manifest,
)
from trailtrace.store import Store, parquet_store

_ONLY_FOR_BUILDS = ("new_uses", "sources", "arrivals")
"""Tables of a lake that a store does not have."""


def lake_store(lake: Path, manifest: Manifest | None = None) -> Store:
    """Raises StoreError where the lake cannot be read."""
    manifest = manifest or read_manifest(lake)
    files = {
        table: parquet_files(lake, manifest, table)
        for table in (*DAY_TABLES, *BUILD_TABLES, *WHOLE_TABLES)
        if table not in _ONLY_FOR_BUILDS
    }
    return parquet_store(str(lake), {table: paths for table, paths in files.items() if paths}, lake)
