"""Origins of callers, which wait in files until the chains of later calls lead to them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl


class Settled:
    """The rows of `settled` of `Followed` whose uses are callers, in the order in which they were settled.

    `callers` are the uses to which calls lead, by the hash of their ids and in order; `columns` has no
    rows, and the columns of all that is kept.
    """

    def __init__(self, folder: Path, callers: pl.Series, columns: pl.DataFrame) -> None:
        folder.mkdir()
        self._folder = folder
        self._callers = callers
        self._columns = columns
        self._ends: dict[Path, datetime | None] = {}
        """When the last credential in a file ended; None where it is not known."""

    def callers_among(self, uses: pl.DataFrame) -> pl.DataFrame:
        """Those rows whose use_id is that of a caller."""
        if self._callers.is_empty():
            return uses.clear()
        wanted = uses["use_id"].hash()
        # A table of all callers to join with would be larger than all else.
        place = self._callers.search_sorted(wanted).clip(upper_bound=self._callers.len() - 1)
        return uses.filter(self._callers.gather(place) == wanted)

    def keep(self, settled: pl.DataFrame) -> None:
        callers = self.callers_among(settled)
        ended = pl.col("ends").is_not_null()
        for name, rows in (("ended", callers.filter(ended)), ("endless", callers.filter(~ended))):
            if not rows.is_empty():
                file = self._folder / f"{len(self._ends):06}-{name}.parquet"
                rows.write_parquet(file)
                latest = rows["ends"].max()
                self._ends[file] = latest if isinstance(latest, datetime) else None

    def find(self, uses: pl.DataFrame, since: datetime | None) -> pl.DataFrame:
        """What is known of these uses, whose calls were made since then; they have one column, use_id."""
        late = [file for file, ends in self._ends.items() if ends is None or since is None or ends >= since]
        found = self._read(uses, late)
        # Who called with a credential that had ended is looked for as well: that, too, is to be said.
        missing = self.callers_among(uses.join(found, on="use_id", how="anti"))
        return pl.concat([found, self._read(missing, [file for file in self._ends if file not in set(late)])])

    def _read(self, uses: pl.DataFrame, files: list[Path]) -> pl.DataFrame:
        if uses.is_empty() or not files:
            return self._columns
        rows = pl.concat([pl.scan_parquet(file, glob=False) for file in files])
        return rows.join(uses.lazy(), on="use_id", how="semi").collect(engine="streaming")
