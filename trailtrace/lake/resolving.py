"""Links and origins of a lake: the provenance of a store over the facts that Spark made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from trailtrace.lake.manifest import Manifest, build_folder
from trailtrace.lake.opened import lake_store

if TYPE_CHECKING:
    import polars as pl

ROW_GROUP_ROWS = 20_000
"""A question needs a few rows: what is read with them should be little."""

_ORDER = {
    "links": ("use_id", "issuance_id", "parent_use_id"),
    "origins": ("use_id",),
    "caller_origins": ("issuance_id",),
}


def resolve_lake(lake: Path, manifest: Manifest) -> None:
    """Writes `links`, `origins` and `caller_origins` of the build that the manifest is of."""
    from trailtrace.provenance import resolve

    with lake_store(lake, manifest) as store:
        # Nothing is in them yet: they tell the columns.
        empty = {table: store.frame(f"facts/all_{table}") for table in _ORDER}
        found = resolve(store.frame("facts/all_uses"), store.frame("facts/all_issuances"))
    for table, order in _ORDER.items():
        rows: pl.DataFrame = getattr(found, table)
        folder = lake / build_folder(table, manifest.build)
        folder.mkdir(parents=True)
        rows.select(empty[table].columns).cast(empty[table].schema).sort(
            order, nulls_last=True
        ).write_parquet(folder / "part.parquet", row_group_size=ROW_GROUP_ROWS)
