"""Where a build reads and writes its tables: folders of Parquet files, one for each table, build and day."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trailtrace.lake.manifest import BUILD_TABLES, DAY_TABLES, WHOLE_TABLES, Manifest, build_folder

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, DataFrameWriter, SparkSession
    from pyspark.sql.types import StructType

FACTS_ROW_GROUP_BYTES = 2 * 1024**2
FACTS_PAGE_ROWS = 1000
"""Of facts, of which a question needs a few rows."""


class Folders:
    """The folders of one build, and those of earlier ones that it reads."""

    def __init__(self, spark: SparkSession, lake: Path, build: int) -> None:
        self.spark = spark
        self.lake = lake.absolute()
        self.build = build
        self.staging = self.lake / "_reading"
        self._schemas: dict[str, StructType] = {}

    def remove_unfinished(self) -> None:
        """What a build of this number left when it failed."""
        shutil.rmtree(self.staging, ignore_errors=True)
        for table in (*DAY_TABLES, *BUILD_TABLES, *WHOLE_TABLES):
            shutil.rmtree(self.lake / build_folder(table, self.build), ignore_errors=True)

    def stage(self, rows: DataFrame) -> None:
        """What was read, apart by kind and day, until the build ends."""
        rows.write.partitionBy("kind", "day").parquet(_uri(self.staging))

    def staged(self, kind: str, schema: str) -> DataFrame:
        """The rows of one kind that were staged, with their day; `schema` is that of all that was."""
        folder = self.staging / f"kind={kind}"
        reader = self.spark.read.schema(schema)
        if folder.is_dir():
            rows = reader.option("basePath", _uri(self.staging)).parquet(_pattern(folder))
        else:
            rows = self.spark.createDataFrame([], reader.json(self.spark.sparkContext.emptyRDD()).schema)
        found = rows.select("day", f"{kind}.*")
        self._schemas[kind] = found.schema
        return found

    def write(self, table: str, rows: DataFrame, order: Sequence[str] = ()) -> None:
        """One table of this build; ordered as a whole if it has an order, and then in small row groups."""
        self._schemas[table] = rows.schema
        # Spark looks at what it orders first, and would work it out twice.
        ordered = rows.persist().orderBy(*order) if order else rows
        (_in_small_parts(ordered.write) if order else ordered.write).parquet(_uri(self._own(table)))
        if order:
            rows.unpersist()

    def write_days(
        self,
        table: str,
        rows: DataFrame,
        by: Sequence[str],
        order: Sequence[str] = (),
        *,
        sought: bool = False,
    ) -> None:
        """A table's days, and what they are divided by, in this build; each file in an order.

        One that is `sought` by it is in small row groups.
        """
        self._schemas[table] = rows.drop(*(name for name in by if name != "day")).schema
        # Spark cuts what is much into several files, and puts what is little into one.
        together = rows.hint("rebalance", *by).sortWithinPartitions(*by, *order)
        writer = _in_small_parts(together.write) if sought else together.write
        writer.partitionBy(*by).parquet(_uri(self._own(table)))

    def write_rows(self, table: str, rows: Iterable[dict[str, Any]], schema: Any) -> None:
        """A small table that this process made."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        folder = self._own(table)
        folder.mkdir(parents=True)
        pq.write_table(pa.Table.from_pylist(list(rows), schema=schema), folder / "part.parquet")

    def days(self, table: str, manifest: Manifest, days: Iterable[str]) -> DataFrame:
        """The rows of some days of a table, as a manifest has them, with their day."""
        return self._read(
            table,
            [f"{build_folder(table, manifest.days[day])}/day={day}" for day in days if day in manifest.days],
        )

    def builds(self, table: str, manifest: Manifest) -> DataFrame:
        return self._read(table, [build_folder(table, build) for build in manifest.builds])

    def whole(self, table: str) -> DataFrame:
        """A table of this build; one that another than Spark wrote has the columns of its file."""
        if table not in self._schemas:
            return self.spark.read.parquet(_pattern(self._own(table)))
        return self._read(table, [build_folder(table, self.build)])

    def written(self, table: str) -> list[dict[str, Any]]:
        """The rows of a small table of this build."""
        import pyarrow.parquet as pq

        files = sorted(self._own(table).rglob("*.parquet"))
        return [row for file in files for row in pq.read_table(file, partitioning=None).to_pylist()]

    def _read(self, table: str, folders: list[str]) -> DataFrame:
        schema = self._schemas[table]
        there = [_pattern(self.lake / folder) for folder in folders if (self.lake / folder).is_dir()]
        if not there:
            return self.spark.createDataFrame([], schema)
        reader = self.spark.read.schema(schema).option("basePath", _uri(self.lake / table))
        return reader.parquet(*there).select(*schema.fieldNames())

    def _own(self, table: str) -> Path:
        return self.lake / build_folder(table, self.build)


def _in_small_parts(writer: DataFrameWriter) -> DataFrameWriter:
    return writer.option("parquet.block.size", FACTS_ROW_GROUP_BYTES).option(
        "parquet.page.row.count.limit", FACTS_PAGE_ROWS
    )


def _uri(path: Path) -> str:
    return f"file://{path}"


def _pattern(path: Path) -> str:
    """A path that Spark is to read: it takes names for patterns."""
    return "file://" + re.sub(r"([\[\]{}*?\\])", r"\\\1", str(path))
