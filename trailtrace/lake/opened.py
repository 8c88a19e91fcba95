"""A lake as a store: the same tables, views and macros, over the Parquet files that its manifest names."""

from __future__ import annotations

from collections.abc import Sequence
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

TABLES = tuple(
    table
    for table in (*DAY_TABLES, *BUILD_TABLES, *WHOLE_TABLES)
    if table not in ("new_uses", "sources", "arrivals")
)
"""Those that a store has, too; the others are for builds."""


def lake_store(
    lake: Path,
    manifest: Manifest | None = None,
    tables: Sequence[str] = TABLES,
    *,
    spill: Path | None = None,
) -> Store:
    """A lake's present files under the names of their tables. Raises StoreError where it cannot be read.

    What memory does not hold goes into `spill`.
    """
    manifest = manifest or read_manifest(lake)
    files = {table: parquet_files(lake, manifest, table) for table in tables}
    return parquet_store(
        str(lake), {table: paths for table, paths in files.items() if paths}, lake, spill=spill
    )
