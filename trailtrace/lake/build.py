"""Makes a lake, or brings one up to date: `trailtrace lake build`.

Spark reads, normalises, tells copies apart and derives the facts; links and origins are the provenance of
a store. A build writes into folders of its own, and counts when the manifest names them.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from trailtrace.errors import StoreError, UsageError
from trailtrace.lake.copies import copies_of
from trailtrace.lake.folders import Folders
from trailtrace.lake.manifest import (
    DAY_TABLES,
    LOOKUPS,
    Manifest,
    is_lake,
    manifest_to_add_to,
    parquet_files,
    remove_superseded,
    with_files,
    write_manifest,
)
from trailtrace.lake.reading import FILE_BITS, GROUP, Source, read_groups, row_schema
from trailtrace.lake.resolving import resolve_lake
from trailtrace.lake.sources import SCHEMA, grouped, new_sources, row_of
from trailtrace.lake.spark import Tables, one_line, session, spark_schema
from trailtrace.locking import write_lock
from trailtrace.model import LakeBuilt
from trailtrace.remote.place import url_of

if TYPE_CHECKING:
    from pyspark.sql import Column, SparkSession

Told = Callable[[str], None]

UNPACKED = 16
"""How many times larger records are than the files they come in."""

SMALL = 8 * 1024**2
"""Bytes of packed logs, and of the lake before them, that take less time than Spark's start."""

SHUFFLE_BYTES = 128 * 1024**2
"""What one task sorts at a time."""

_NAMED = (
    "join_key",
    "session_name",
    "unsure_arn",
    "on_behalf_of",
    "subject",
    "authenticated_use_id",
    "unauthenticated_use_id",
)

_FIRST = {"first_file_id": 0, "first_identity_id": ""}
"""All files and identities of the days that are built."""


def build(
    paths: list[str],
    lake: str | Path,
    *,
    master: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    told: Told = lambda _: None,
) -> LakeBuilt:
    """Loads what a lake does not have yet, and derives again the days that it touches.

    `master` is a Spark master URL; by default all cores of this machine. With `since` and `until`, UTC, only
    files that a trail delivered in that time are read, and all of what they hold is kept. `told` is told, in
    a few words each, what is done. Raises TrailtraceError where something is missing or cannot be written.
    """
    if (url := url_of(lake)) is not None:
        raise UsageError(
            f"--out {url}: a lake is built in a folder: give one that all workers have, then `trailtrace lake"
            " copy FOLDER s3://bucket/prefix`"
        )
    lake = Path(lake)
    try:
        lake.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{lake}: {error.strerror or error}: choose another --out") from error
    with write_lock(lake / "build", told):
        before = manifest_to_add_to(lake) if is_lake(lake) else Manifest(id=uuid4().hex)
        if not is_lake(lake) and any(path.is_dir() for path in lake.iterdir()):
            raise StoreError(f"{lake}: holds other folders, but no lake: choose an empty folder for --out")
        told("looking for sources")
        arrived, known_sources = new_sources(paths, lake, before, since, until, told)
        if not arrived:
            return LakeBuilt(0, known_sources, 0, 0, 0, {}, 0, (), **_totals(lake, before))
        told(f"{len(arrived):,} new sources; starting Spark")
        with one_line(lake), session(master, small=_is_small(lake, arrived)) as spark:
            made = _Build(spark.newSession(), lake, before, told)
            try:
                return made.run(arrived, known_sources)
            finally:
                made.tidy()


class _Build:
    """One build: its number, its folders and what is in them."""

    def __init__(self, spark: SparkSession, lake: Path, before: Manifest, told: Told) -> None:
        self.spark = spark
        self.lake = lake
        self.before = before
        self.told = told
        self.number = before.build + 1
        self.tables = Tables(spark)
        self.folders = Folders(spark, lake, self.number)
        self.after: Manifest = before

    def run(self, arrived: list[Source], known_sources: int) -> LakeBuilt:
        self.folders.remove_unfinished()
        if not self.before.build:
            # Whatever becomes of this build, the folders in it are a lake's.
            write_manifest(self.lake, self.before)
        self._read(arrived)
        days = [row["day"] for row in self.tables["read_records"].select("day").distinct().collect()]
        self.after = self.before.after(self.number, days, arrived[-1].number)
        self._keep_records(days)
        if days:
            self.told(f"{len(days):,} days: facts")
            self._derive_days(days)
            self._derive_whole()
        self.after = with_files(self.lake, self.after)
        built = self._built(sorted(days), known_sources)
        write_manifest(self.lake, self.after)
        # Whoever has opened the lake as it was before may still read it.
        remove_superseded(self.lake, self.before, self.after)
        return built

    def tidy(self) -> None:
        shutil.rmtree(self.folders.staging, ignore_errors=True)
        self.spark.catalog.clearCache()

    def _read(self, arrived: list[Source]) -> None:
        """Every source is read and normalised once; what comes of it lies in a folder until the end."""
        self.told("reading")
        tasks = self.spark.sparkContext.defaultParallelism
        size = sum(item.size for item in arrived)
        # Spark's own 200 is much for a day of a small organisation, and little for a large one.
        self.spark.conf.set("spark.sql.shuffle.partitions", max(tasks, UNPACKED * size // SHUFFLE_BYTES))
        groups = grouped(arrived, tasks)
        rows = self.spark.sparkContext.parallelize([(group,) for group in groups], len(groups))
        schema = row_schema()
        read = self.spark.createDataFrame(rows, spark_schema(GROUP)).mapInArrow(
            read_groups, spark_schema(schema)
        )
        self.folders.stage(read)
        for kind in ("records", "identities", "files", "rejects"):
            self.tables[f"read_{kind}"] = self.folders.staged(kind, spark_schema(schema))
        # A file that could not be read, or changed meanwhile, has no hash: it is read again next time.
        unread = self.tables["read_files"].where("sha256 = ''").select("file_id").collect()
        again = {row["file_id"] >> FILE_BITS for row in unread}
        if again:
            self.told(f"{len(again):,} sources could not be read: the next build tries them again")
        self.folders.write_rows(
            "sources", [row_of(item) for item in arrived if item.number not in again], SCHEMA
        )

    def _keep_records(self, days: list[str]) -> None:
        """The days' records, new and old, each content once; and the ledger of the new files."""
        from pyspark.sql import functions as F

        records = self.tables["read_records"].unionByName(self.folders.days("records", self.before, days))
        identities = (
            self.tables["read_identities"]
            .unionByName(self.folders.days("identities", self.before, days))
            .dropDuplicates(["identity_id"])
        )
        self.told("telling copies apart")
        copies = copies_of(records, identities).persist()
        kept = records.join(copies, ["file_id", "record"], "left_anti")
        self.folders.write_days(
            "records", kept.withColumn("account", _account()), ("day", "account"), ("event_time",)
        )
        self.folders.write_days("identities", identities, ("day",), ("identity_id",))
        of_files = copies.groupBy("file_id").agg(F.count("*").alias("copies"))
        count = F.coalesce(F.col("copies"), F.lit(0))
        self.folders.write(
            "files",
            self.tables["read_files"]
            .join(F.broadcast(of_files), "file_id", "left")
            .withColumn("kept", F.col("kept") - count)
            .withColumn("duplicate", F.col("duplicate") + count)
            .drop("copies", "day"),
            ("file_id",),
        )
        self.folders.write("rejects", self.tables["read_rejects"].drop("day"))
        per_day = self.tables["read_records"].groupBy("day", "file_id").agg(F.count("*").alias("records"))
        files = self.tables["read_files"].select("file_id", "uri", "size_bytes", "sha256")
        self.folders.write("arrivals", per_day.join(files, "file_id"))

    def _derive_days(self, days: list[str]) -> None:
        """The facts that each day's records tell, by the statements of a store."""
        from pyspark.sql import functions as F

        tables, folders = self.tables, self.folders
        for name in ("records", "identities"):
            tables[name] = folders.days(name, self.after, days).drop("day")
        tables["files"] = folders.builds("files", self.after)
        nothing = [F.lit(None).cast("string").alias(name) for name in _NAMED]
        tables["named_identities"] = tables["identities"].select("identity_id", *nothing).limit(0)
        tables.define("store/schema", "events")
        for table in ("named_identities", "records_apart"):
            tables.run(f"facts/{table}", _FIRST)
            key = F.substring("identity_id", 1, 10) if table == "named_identities" else _day("event_time")
            order = ("identity_id",) if table == "named_identities" else ()
            folders.write_days(table, tables[table].withColumn("day", key), ("day",), order)
            tables[table] = folders.days(table, self.after, days).drop("day")
        tables.run("facts/new_calls")
        for table in ("issuing_calls", "resource_events"):
            tables.run(f"facts/{table}", _FIRST)
            order = ("resource_id",) if table == "resource_events" else ()
            rows = tables[table].withColumn("day", _day("event_time"))
            folders.write_days(table, rows, ("day",), order, sought=bool(order))
        tables.run("lake/held_by_day")
        folders.write_days("held_by_day", tables["held_by_day"], ("day",))
        keys = tables["identities"].where("access_key_id is not null").select("identity_id", "access_key_id")
        signed = tables["records"].join(keys, "identity_id")
        of_day = signed.select("access_key_id", _day("event_time").alias("day"), _account().alias("account"))
        folders.write_days("keys_by_day", of_day.distinct(), ("day",))
        tables.run("lake/event_places")
        places = tables["event_places"].withColumn("account", _account()).drop("recipient_account_id")
        folders.write_days("event_places", places, ("day",), ("event_id_begin",), sought=True)
        # A use of several days is one row for each: its name gets the day before it for a moment.
        named, apart = tables["named_identities"], tables["records_apart"]
        day_of = F.substring("identity_id", 1, 10)
        tables["named_identities"] = named.withColumn(
            "authenticated_use_id", F.concat(day_of, F.lit("/"), "authenticated_use_id")
        )
        tables["records_apart"] = apart.withColumn(
            "use_id", F.concat(_day("event_time"), F.lit("/"), "use_id")
        )
        tables.run("facts/new_uses", _FIRST)
        uses = tables["new_uses"]
        folders.write_days(
            "new_uses",
            uses.withColumn("day", F.substring("use_id", 1, 10)).withColumn(
                "use_id", F.expr("substring(use_id, 12)")
            ),
            ("day",),
            (),
        )

    def _derive_whole(self) -> None:
        """What follows from all days together."""
        from pyspark.sql import functions as F

        self.told("facts of all days")
        tables, folders = self.tables, self.folders
        days = list(self.after.days)
        for name in DAY_TABLES:
            rows = folders.days(name, self.after, days)
            tables[name] = rows if name == "keys_by_day" else rows.drop("day")
        tables["files"] = folders.builds("files", self.after)
        contradicted = (
            tables["records"]
            .where("event_id is not null")
            .groupBy("event_id", "recipient_account_id")
            .agg(F.count("*").alias("contents"))
            .where("contents > 1")
            .drop("contents")
        )
        folders.write("conflicts", contradicted)
        tables["conflicts"] = folders.whole("conflicts")
        tables.define("store/schema", "events")
        tables.define("facts/schema", "identified_events")
        for name in ("issued_again", "shared_again"):
            tables.run(f"facts/{name}", _FIRST)
        tables["uses"] = tables["new_uses"].limit(0)
        tables.run("facts/uses")
        folders.write("uses", tables["joined_uses"], ("use_id",))
        tables.run("facts/issuances")
        folders.write("issuances", tables["issuances"], ("issuance_id",))
        tables.run("facts/copies")
        told_twice = tables["copies"].persist()
        told_twice.count()
        self.told("links and origins")
        resolve_lake(self.lake, self.after, self.told)
        for name in ("uses", "issuances", "links", "origins"):
            tables[name] = folders.whole(name)
        tables["copies"] = told_twice
        tables.run("facts/copies_of_issuances")
        tables.run("facts/all_principals")
        tables.run("facts/copies_of_sessions")
        folders.write("copies", tables["copies"])
        self._write_lookups()

    def _write_lookups(self) -> None:
        """What a question seeks first, so that it need not read all of the rest."""
        tables, folders = self.tables, self.folders
        tables.run("lake/held")
        folders.write("held", tables["held"])
        order = ("access_key_id", "day", "account")
        folders.write("key_places", tables["keys_by_day"].select(*order), order)
        for table, columns in LOOKUPS.items():
            if table != "held":
                tables.define("facts/lookups", table)
                folders.write(table, tables[table], columns)

    def _built(self, days: list[str], known_sources: int) -> LakeBuilt:
        files = self.folders.written("files")
        rejected = Counter(row["reason"] for row in self.folders.written("rejects"))
        return LakeBuilt(
            files=len(files),
            known_sources=known_sources,
            read=sum(file["read"] for file in files),
            kept=sum(file["kept"] for file in files),
            duplicate=sum(file["duplicate"] for file in files),
            rejected=dict(sorted(rejected.items())),
            not_events=sum(file["not_events"] for file in files),
            days=tuple(days),
            **_totals(self.lake, self.after),
        )


def _is_small(lake: Path, arrived: list[Source]) -> bool:
    left = SMALL - sum(item.size for item in arrived)
    for file in lake.rglob("*.parquet"):
        if left < 0:
            break
        left -= file.stat().st_size
    return left >= 0


def _totals(lake: Path, manifest: Manifest) -> dict[str, int]:
    """How many rows the tables of all days have, as their files say."""
    import pyarrow.parquet as pq

    return {
        table: sum(pq.read_metadata(file).num_rows for file in parquet_files(lake, manifest, table))
        for table in ("uses", "issuances", "conflicts")
    }


def _account() -> Column:
    """The account whose folder a record is in."""
    from pyspark.sql import functions as F

    account = F.col("recipient_account_id")
    return F.when(account.rlike(r"\A[0-9]{12}\z"), account).otherwise("other")


def _day(column: str) -> Column:
    from pyspark.sql import functions as F

    return F.date_format(column, "yyyy-MM-dd")
