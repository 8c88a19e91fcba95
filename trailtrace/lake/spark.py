"""A Spark session, and statements of `queries/` run in it. The only module that imports pyspark."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from trailtrace.errors import StoreError, TrailtraceError, extra
from trailtrace.lake.translation import steps, view

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

JAVA = "Spark needs Java 17 or later: install it (Debian: openjdk-17-jre-headless), or set JAVA_HOME"

ROW_GROUP_BYTES = 8 * 1024**2
"""Of Parquet files: what a credential's few minutes need is then a small part of a day."""

PAGE_ROWS = 2000
"""Of a column at a time: a reader that knows the times of pages reads those of the minutes it needs."""

_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    # Times that Spark 2 and 3 read differently are no reason to stop: none of them is a time of CloudTrail.
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    # Names of columns in records differ in case alone nowhere; names of partitions come from us.
    "spark.sql.execution.arrow.maxRecordsPerBatch": "10000",
    "spark.ui.showConsoleProgress": "false",
    "spark.hadoop.parquet.block.size": str(ROW_GROUP_BYTES),
    "spark.hadoop.parquet.page.row.count.limit": str(PAGE_ROWS),
    # Commits of tasks are renames; a task that was tried twice leaves one result.
    "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
}

_LOCAL_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
}

_QUICKLY_COMPILED = (
    "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m -XX:MetaspaceSize=256m -XX:+UseSerialGC"
)
"""For a JVM that lives a minute: to compile well what it runs takes longer than to run it."""

_SMALL_SETTINGS = {
    # No more tasks open the many small files of a small lake than there are cores.
    "spark.sql.files.openCostInBytes": "65536",
}

_TYPES = {
    "string": "string",
    "bool": "boolean",
    "int32": "int",
    "int64": "bigint",
    "timestamp[us]": "timestamp_ntz",
}


@contextmanager
def session(master: str | None, *, small: bool = False) -> Iterator[SparkSession]:
    """A session on a cluster, by default on this machine's cores; one that runs already is used and kept.

    `small` says that there is little to do, which is then done in half the CPU time on this machine.
    Raises MissingExtraError without PySpark, TrailtraceError without Java or if Spark does not start.
    """
    with extra("spark"):
        import pandas  # noqa: F401  # PySpark asks for it late, where nobody would know why
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    running = SparkSession.getActiveSession()
    if running is not None:
        yield running
        return
    home = os.environ.get("JAVA_HOME")
    if not (shutil.which("java") or (home and shutil.which("java", path=f"{home}/bin"))):
        raise TrailtraceError(f"no Java: {JAVA}")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    master = master or os.environ.get("MASTER") or "local[*]"
    if master == "yarn" and not ({"HADOOP_CONF_DIR", "YARN_CONF_DIR"} & os.environ.keys()):
        raise TrailtraceError("yarn: set HADOOP_CONF_DIR to the folder with the cluster's configuration")
    builder = SparkSession.builder.master(master).appName("trailtrace")
    quiet = Path(__file__).with_name("log4j2.properties")
    options, settings = f'"-Dlog4j2.configurationFile={quiet}"', _SETTINGS
    if master.startswith("local"):
        settings = settings | _LOCAL_SETTINGS
        if small:
            options, settings = f"{options} {_QUICKLY_COMPILED}", settings | _SMALL_SETTINGS
    for name, value in (settings | {"spark.driver.extraJavaOptions": options}).items():
        builder = builder.config(name, value)
    try:
        spark = builder.getOrCreate()
    except (PySparkException, Py4JError, RuntimeError) as error:
        hint = f": {JAVA}" if "JAVA_GATEWAY_EXITED" in str(error) else ""
        raise TrailtraceError(f"{master}: Spark did not start: {_reason(error)}{hint}") from error
    spark.sparkContext.setLogLevel("ERROR")
    try:
        yield spark
    finally:
        spark.stop()


@contextmanager
def one_line(lake: Path) -> Iterator[None]:
    """Around a build: what fails in Spark, or in writing, becomes a StoreError with its reason alone."""
    with extra("spark"):
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
    from polars.exceptions import ComputeError  # so Polars says that a disk is full

    try:
        yield
    except (PySparkException, Py4JError, ComputeError, OSError) as error:
        raise StoreError(f"{lake}: not built, and as it was before: {_reason(error)}") from error


_REASONS = (
    re.compile(r"^trailtrace\.errors\.\w+: (.+)$", re.MULTILINE),
    re.compile(r"^Caused by: (.+)$", re.MULTILINE),
    re.compile(r"^: (.+)$", re.MULTILINE),
)
"""In the texts of Spark's errors, tracebacks of Python and Java: what a task of ours said, or the cause."""


def _reason(error: Exception) -> str:
    text = str(error)
    for pattern in _REASONS:
        if found := pattern.findall(text):
            return str(found[-1])
    return next(iter(text.splitlines()), type(error).__name__)


def spark_schema(schema: pa.Schema) -> str:
    """An Arrow schema as Spark writes one down."""
    return ", ".join(f"{field.name} {_type(field.type)}" for field in schema)


def _type(kind: pa.DataType) -> str:
    import pyarrow as pa

    if pa.types.is_struct(kind):
        return "struct<" + ", ".join(f"{field.name}: {_type(field.type)}" for field in kind) + ">"
    if pa.types.is_list(kind):
        return f"array<{_type(kind.value_type)}>"
    return _TYPES[str(kind)]


class Tables:
    """Frames by the names that statements know them by."""

    def __init__(self, spark: SparkSession) -> None:
        self.spark = spark

    def __getitem__(self, name: str) -> DataFrame:
        return self.spark.table(name)

    def __setitem__(self, name: str, frame: DataFrame) -> None:
        frame.createOrReplaceTempView(name)

    def run(self, name: str, parameters: Mapping[str, object] | None = None) -> None:
        """Runs a file of `queries/`: each table that it makes, or puts rows into, has them from now on."""
        for step in steps(name, "spark", parameters):
            assert step.table is not None
            found = self.spark.sql(step.sql)
            if step.adds and self.spark.catalog.tableExists(step.table):
                found = self[step.table].unionByName(found)
            self[step.table] = found

    def define(self, name: str, table: str) -> None:
        """Makes one view of a file of `queries/`."""
        self[table] = self.spark.sql(view(name, table, "spark"))

    def empty(self, name: str, schema: str) -> None:
        self[name] = self.spark.createDataFrame([], schema)
