"""A lake as a store: the same tables, views and macros, over the Parquet files that its manifest names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from trailtrace.lake.manifest import (
    BUILD_TABLES,
    DAY_TABLES,
    LOOKUPS,
    WHOLE_TABLES,
    Manifest,
    file_names,
    read_manifest,
)
from trailtrace.lake.remote import RemoteLake
from trailtrace.store import Part, Store, parquet_store

TABLES = tuple(
    table
    for table in (*DAY_TABLES, *BUILD_TABLES, *WHOLE_TABLES)
    if table not in ("new_uses", "sources", "arrivals", "held_by_day", "keys_by_day")
)
"""Those that a store has, too; the others are for builds."""

_OF_RECORDS = ("records", "identities", "named_identities", "records_apart")
"""What a statement about some records opens the days of."""

_DAY = re.compile(r"/day=([^/]+)/(?:account=([^/]+)/)?")


def lake_store(
    lake: Path | RemoteLake,
    manifest: Manifest | None = None,
    tables: Sequence[str] = TABLES,
    *,
    spill: Path | None = None,
) -> Store:
    """A lake's present files under the names of their tables. Raises StoreError where it cannot be read.

    What memory does not hold goes into `spill`.
    """
    if isinstance(lake, Path):
        manifest, root, files = manifest or read_manifest(lake), f"{lake.absolute()}/", None
        names = {table: file_names(lake, manifest, table) for table in tables}
    else:
        manifest, root = manifest or lake.manifest(), lake.root
        names = {table: manifest.names([table]) for table in tables}
        files = lake.files(manifest.names(tables))
        files.look_ahead(root + found[0] for found in names.values() if found)
    parts = {table: [_part(root, name) for name in found] for table, found in names.items()}
    return parquet_store(str(lake), root, parts, _OF_RECORDS, tuple(LOOKUPS), files, spill=spill)


def _part(root: str, name: str) -> Part:
    found = _DAY.search(name)
    day, account = found.groups() if found else ("", None)
    return Part(root + name, day, account)
