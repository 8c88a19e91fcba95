"""Rows of a store as lazy Polars frames: columns and rows that are not asked for are not read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from trailtrace.adhoc import results
from trailtrace.library import statement
from trailtrace.store import Store

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

Change = Callable[["pa.RecordBatch"], "pa.RecordBatch"]


def lazy_events(store: Store, values: Mapping[str, object], change: Change) -> pl.LazyFrame:
    """The events that `queries/answers/events.sql` selects; `change` may alter their rows."""
    import polars as pl
    import pyarrow as pa
    from polars.io.plugins import register_io_source

    text = statement("answers/events")
    with results(store, text, values) as found:
        empty = pl.from_arrow(found.schema.empty_table())
    assert isinstance(empty, pl.DataFrame)

    def read(
        columns: list[str] | None, predicate: pl.Expr | None, rows: int | None, _: int | None
    ) -> Iterator[pl.DataFrame]:
        left = rows
        with results(store, text, values, columns=columns) as found:
            for batch in found.batches:
                frame = pl.from_arrow(pa.Table.from_batches([change(batch)]))
                assert isinstance(frame, pl.DataFrame)
                if predicate is not None:
                    frame = frame.filter(predicate)
                if left is not None:
                    frame = frame.head(left)
                    left -= frame.height
                yield frame
                if left == 0:
                    return

    return register_io_source(read, schema=empty.schema, explain_name="trailtrace events")
