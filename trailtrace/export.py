"""Writes the events of a store to files that other tools read: NDJSON, OCSF, Parquet.

A day at a time, so that memory does not grow with the logs. A file or folder takes its name only
when it is complete.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote

from trailtrace.adhoc import results
from trailtrace.errors import TrailtraceError, UsageError
from trailtrace.library import statement
from trailtrace.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

ROW_GROUP_BYTES = 64 * 1024**2
"""Arrow bytes that become one row group of a Parquet file."""

NO_ACCOUNT = "__HIVE_DEFAULT_PARTITION__"
"""What Hive, Spark, Trino and Athena read as null in the name of a folder."""

_ACCOUNT = re.compile(r"[0-9]{12}")


class ExportFormat(StrEnum):
    NDJSON = "ndjson"
    OCSF = "ocsf"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which events: at or after `since`, before `until` (UTC), recorded by one of `accounts`."""

    since: datetime | None = None
    until: datetime | None = None
    accounts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """What an export wrote."""

    events: int
    files: int


Progress = Callable[[int, int], None]
"""Called with the events written and those to write."""

Batches = Iterator["pa.RecordBatch"]
Change = Callable[["pa.RecordBatch"], "pa.RecordBatch"]


def check_target(target: Path, format: ExportFormat, force: bool) -> None:
    """Raises UsageError where the export could not or should not be written."""
    if not target.absolute().parent.is_dir():
        raise UsageError(f"{target}: there is no folder {target.parent}")
    if not os.path.lexists(target):
        return
    if not force:
        raise UsageError(f"{target}: is there already: choose another name, or replace it with --force")
    if target.is_dir() != (format is ExportFormat.PARQUET):
        kind = "folder" if target.is_dir() else "file"
        raise UsageError(f"{target}: a {kind}, which {format} does not replace: choose another name")
    if target.is_dir() and not _is_export(target):
        raise UsageError(f"{target}: a folder that holds more than an export: choose another name")


def export(
    store: Store,
    target: Path | BinaryIO,
    format: ExportFormat,
    selection: Selection,
    *,
    change: Change = lambda batch: batch,
    progress: Progress = lambda done, total: None,
) -> ExportSummary:
    """Writes the selected events; `change` may alter their rows on the way, not their columns."""
    store.run("export/cloudtrail_records")
    values: dict[str, object] = {
        "since": selection.since,
        "until": selection.until,
        "accounts": list(selection.accounts) or None,
    }
    days = [(day, count) for day, count in store.run("export/days", values)]
    counted = _Counted(sum(count for _, count in days), progress)
    text = statement("export/records_of_day" if format is ExportFormat.NDJSON else "export/events_of_day")

    def batches_of(day: date) -> Batches:
        with results(store, text, {**values, "day": day}) as found:
            for batch in found.batches:
                yield counted(change(batch))

    if format is ExportFormat.PARQUET:
        assert isinstance(target, Path)
        with _new_folder(target) as folder:
            files = sum(_write_day(folder, day, batches_of(day)) for day, _ in days)
        return ExportSummary(counted.done, files)
    lines = _ocsf_lines if format is ExportFormat.OCSF else _record_lines
    with nullcontext(target) if not isinstance(target, Path) else _new_file(target) as file:
        for day, _ in days:
            for batch in batches_of(day):
                file.writelines(lines(batch))
    return ExportSummary(counted.done, 1)


class _Counted:
    def __init__(self, total: int, progress: Progress) -> None:
        self.done = 0
        self._total = total
        self._progress = progress

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        self.done += batch.num_rows
        self._progress(self.done, self._total)
        return batch


def _record_lines(batch: pa.RecordBatch) -> Iterator[bytes]:
    for text in batch.column("cloudtrail_record").to_pylist():
        yield text.encode() + b"\n"


def _ocsf_lines(batch: pa.RecordBatch) -> Iterator[bytes]:
    import msgspec

    from trailtrace.render.ocsf import api_activity

    for row in batch.to_pylist():
        yield msgspec.json.encode(api_activity(row)) + b"\n"


def _write_day(folder: Path, day: date, batches: Batches) -> int:
    """Writes one Parquet file for each account of a day; rows come ordered by account."""
    files = 0
    writer: _PartitionWriter | None = None
    account: object = None
    try:
        for batch in batches:
            for value, part in _by_account(batch):
                if writer is None or value != account:
                    if writer is not None:
                        writer.close()
                    account = value
                    writer = _PartitionWriter(_partition(folder, day, value), batch.schema)
                    files += 1
                writer.add(part)
    finally:
        if writer is not None:
            writer.close()
    return files


def _by_account(batch: pa.RecordBatch) -> Iterator[tuple[str | None, pa.RecordBatch]]:
    accounts = batch.column("recipient_account_id").to_pylist()
    start = 0
    for end in range(1, len(accounts) + 1):
        if end == len(accounts) or accounts[end] != accounts[start]:
            yield accounts[start], batch.slice(start, end - start)
            start = end


def _partition(folder: Path, day: date, account: str | None) -> Path:
    """The file of a day and account; what a log calls an account is escaped if it is none."""
    name = NO_ACCOUNT if account is None else account
    if account is not None and not _ACCOUNT.fullmatch(account):
        name = quote(account, safe="").replace(".", "%2E")[:200]
    path = folder / f"day={day.isoformat()}" / f"account={name}"
    path.mkdir(parents=True, exist_ok=True)
    # Two texts that are no accounts may share what is left of them: then each has its own file.
    number = sum(1 for _ in path.iterdir())
    return path / f"events-{number}.parquet"


class _PartitionWriter:
    """A Parquet file that is written in row groups of a bounded size."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        import pyarrow.parquet as pq

        self._schema = _portable(schema)
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")
        self._waiting: list[pa.RecordBatch] = []
        self._bytes = 0

    def add(self, batch: pa.RecordBatch) -> None:
        self._waiting.append(batch)
        self._bytes += batch.nbytes
        if self._bytes >= ROW_GROUP_BYTES:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        import pyarrow as pa

        if self._waiting:
            self._writer.write_table(pa.Table.from_batches(self._waiting).cast(self._schema))
        self._waiting = []
        self._bytes = 0


def _portable(schema: pa.Schema) -> pa.Schema:
    """Strings, booleans, 64-bit numbers and UTC instants: what every reader of Parquet knows."""
    import pyarrow as pa

    def portable(type_: pa.DataType) -> pa.DataType:
        if pa.types.is_timestamp(type_):
            return pa.timestamp("us", tz="UTC")
        return pa.int64() if pa.types.is_integer(type_) else type_

    return pa.schema([(column.name, portable(column.type)) for column in schema])


def _is_export(folder: Path) -> bool:
    """Whether a folder holds what an export wrote, and nothing else that would be lost."""
    return all(path.name.startswith("day=") and path.is_dir() for path in folder.iterdir())


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with _failures(path):
        try:
            with part.open("wb") as file:
                if path.suffix == ".gz":
                    # No name and no time in it: the same events are the same bytes.
                    with gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as packed:
                        yield packed  # type: ignore[misc]  # it writes bytes, which is all we ask of it
                else:
                    yield file
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def _new_folder(path: Path) -> Iterator[Path]:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    old = path.with_name(f".{path.name}.{os.getpid()}.old")
    with _failures(path):
        try:
            part.mkdir()
            yield part
            if path.exists():
                path.rename(old)
            part.rename(path)
        finally:
            if old.exists() and not path.exists():
                _put_back(old, path)
            _remove([part, old])


def _put_back(old: Path, path: Path) -> None:
    try:
        old.rename(path)
    except OSError as error:
        raise TrailtraceError(
            f"{path}: neither the new export nor the earlier one can have this name ({error.strerror}):"
            f" the earlier one is {old}"
        ) from error


def _remove(folders: Iterable[Path]) -> None:
    for folder in folders:
        if folder.exists():
            shutil.rmtree(folder)


@contextmanager
def _failures(path: Path) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise TrailtraceError(f"{path}: {error.strerror or error}: choose another place") from error
