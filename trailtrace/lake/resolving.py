"""Links and origins of a lake: the provenance of a store, of no more facts at a time than memory holds.

Facts are tied part by part, and chains followed in order of time. Origins of callers, which later calls
lead to, wait in a file until then.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa

from trailtrace.errors import StoreError
from trailtrace.lake.manifest import Manifest, build_folder, parquet_files
from trailtrace.lake.opened import lake_store
from trailtrace.lake.parts import FACTS, write_parts
from trailtrace.lake.settled import Settled
from trailtrace.provenance.in_parts import blocked, follow_part, nothing_settled, tie_part

if TYPE_CHECKING:
    from trailtrace.store import Store

PART_FACTS = 2_000_000
"""Uses and issuances that are tied at a time, in the middle: some 530 bytes of memory each."""

SLICE_CREDENTIALS = 1_500_000
"""Credentials whose chains are followed at a time, or those of one minute."""

CREDENTIALS_AT_ONCE = 25_000_000
"""Of which those that called are found at a time."""

ROW_GROUP_ROWS = 20_000
"""A question needs a few rows: what is read with them should be little."""

_FOUND = {"links": "use_id", "origins": "use_id", "caller_origins": "issuance_id"}
"""What is made, and a column of it."""

_BETWEEN_ROWS = 50_000
"""Rows of a row group that is read again a few minutes of time at once."""


def resolve_lake(lake: Path, manifest: Manifest, told: Callable[[str], None] = lambda _: None) -> None:
    """Writes `links`, `origins` and `caller_origins` of the build that the manifest is of.

    `told` is told, in a few words, which of how many parts is worked at.
    """
    work = lake / "_resolving"
    shutil.rmtree(work, ignore_errors=True)
    spill = work / "spill"
    try:
        spill.mkdir(parents=True)
        with lake_store(lake, manifest, spill=spill) as store:
            _Resolving(store, lake, manifest, work, told).run()
    finally:
        shutil.rmtree(work, ignore_errors=True)


class _Resolving:
    """One run: the folders between its steps."""

    def __init__(
        self, store: Store, lake: Path, manifest: Manifest, work: Path, told: Callable[[str], None]
    ) -> None:
        self.store, self.lake, self.manifest, self.work, self.told = store, lake, manifest, work, told
        # Nothing is in the tables yet: they tell the columns.
        self.empty = {table: store.frame(f"facts/all_{table}") for table in _FOUND}

    def run(self) -> None:
        self._tie_parts()
        self._follow()
        for table in _FOUND:
            self.store.parquet_view(f"found_{table}", sorted((self.work / table).glob("*.parquet")))
        self.store.write("lake/parts/links", self._own("links"), rows=ROW_GROUP_ROWS)
        self.store.write("lake/parts/origins", self._own("origins"), rows=ROW_GROUP_ROWS)
        self.store.write("lake/parts/caller_origins", self._own("caller_origins"), rows=ROW_GROUP_ROWS)

    def _own(self, table: str) -> Path:
        return self.lake / build_folder(table, self.manifest.build) / "part.parquet"

    def _tie_parts(self) -> None:
        facts = sum(
            pl.scan_parquet(file).select(pl.len()).collect().item()
            for table in FACTS
            for file in parquet_files(self.lake, self.manifest, table)
        )
        parts = -(-facts // PART_FACTS) or 1
        self.told(f"{facts:,} uses and issuances")
        write_parts(self.store, parts, self.work)
        nobody = {
            table: self.store.frame(FACTS[table], pa.table({column: pa.array([], pa.string())}))
            for table, column in (("uses", "use_id"), ("issuances", "issuance_id"))
        }
        for part in range(parts):
            self.told(f"links of part {part + 1:,} of {parts:,}")
            uses, issuances = (
                pl.concat(
                    [
                        nobody[table],
                        *(
                            pl.read_parquet(file, hive_partitioning=False).select(nobody[table].columns)
                            for file in sorted((self.work / table / f"part={part}").glob("*.parquet"))
                        ),
                    ]
                )
                for table in FACTS
            )
            tied = tie_part(uses, issuances)
            del uses, issuances
            self._keep("tied_credentials", part, tied.credentials.sort("at"))
            self._keep("tied_links", part, tied.links.sort("at"))
            self._keep(
                "caller_origins", part, tied.caller_origins.select(self.empty["caller_origins"].columns)
            )

    def _follow(self) -> None:
        credentials, links = self._kept("tied_credentials"), self._kept("tied_links")
        settled = Settled(
            self.work / "settled", self._callers(), nothing_settled(credentials.clear().collect())
        )
        waiting = credentials.clear().collect(), links.clear().collect()
        slices = [*self._slices(), None]
        count = 0
        for number, times in enumerate(slices):
            self.told(f"origins of part {number + 1:,} of {len(slices):,}")
            if times is None:
                found, of_found = waiting
            else:
                arrived = pl.col("at").is_between(*times, closed="left")
                found = pl.concat([waiting[0], credentials.filter(arrived).collect()])
                of_found = pl.concat([waiting[1], links.filter(arrived).collect()])
            # Of refused links, too, it is said whether the caller lived.
            asked = of_found.select(use_id="parent_use_id").drop_nulls().unique()
            asked = asked.join(found, on="use_id", how="anti")
            first = of_found["event_time"].min()
            known = settled.find(asked, first if isinstance(first, datetime) else None)
            if times is not None:
                later = settled.callers_among(asked.join(known, on="use_id", how="anti"))
                stuck = blocked(of_found, later["use_id"]).to_frame()
                waiting = (
                    found.join(stuck, on="use_id", how="semi"),
                    of_found.join(stuck, on="use_id", how="semi"),
                )
                found = found.join(stuck, on="use_id", how="anti")
                of_found = of_found.join(stuck, on="use_id", how="anti")
            followed = follow_part(found, of_found, known)
            count += found.height
            self._keep("links", number, followed.links.select(self.empty["links"].columns))
            self._keep("origins", number, followed.origins.select(self.empty["origins"].columns))
            settled.keep(followed.settled)
        expected = credentials.select(pl.len()).collect().item()
        if count != expected:
            raise StoreError(
                f"{self.lake}: {count:,} of {expected:,} credentials have an origin: a fault of trailtrace,"
                " please report it"
            )

    def _callers(self) -> pl.Series:
        """The hashes of the ids of all uses that calls lead to, in order."""
        uses = self._kept("tied_credentials").select(pl.col("use_id").hash().alias("caller"))
        asked = self._kept("tied_links").select(pl.col("parent_use_id").alias("caller")).drop_nulls()
        asked = asked.select(pl.col("caller").hash())
        shares = -(-uses.select(pl.len()).collect().item() // CREDENTIALS_AT_ONCE) or 1
        found = [pl.Series("caller", [], pl.UInt64)]
        for share in range(shares):
            ours = pl.col("caller") % shares == share
            callers = uses.filter(ours).join(asked.filter(ours).unique(), on="caller", how="semi")
            found.append(callers.collect(engine="streaming")["caller"])
        return pl.concat(found).sort()

    def _slices(self) -> Iterator[tuple[datetime, datetime]]:
        """Spans of time, one behind the other, that hold all credentials."""
        minute = pl.col("at").dt.truncate("1m").alias("minute")
        counted = (
            self._kept("tied_credentials").group_by(minute).len().collect(engine="streaming").sort("minute")
        )
        begin, held = None, 0
        for moment, count in counted.iter_rows():
            if begin is not None and held + count > SLICE_CREDENTIALS:
                yield begin, moment
                begin, held = None, 0
            begin, held = begin or moment, held + count
        if begin is not None:
            yield begin, datetime.max

    def _keep(self, table: str, part: int, rows: pl.DataFrame) -> None:
        folder = self.work / table
        folder.mkdir(parents=True, exist_ok=True)
        rows.write_parquet(folder / f"{part:06}.parquet", row_group_size=_BETWEEN_ROWS)

    def _kept(self, table: str) -> pl.LazyFrame:
        return pl.concat(
            [pl.scan_parquet(file, glob=False) for file in sorted((self.work / table).glob("*.parquet"))]
        )
