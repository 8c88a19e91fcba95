"""Opens stores: a file, one in memory, the tables of a lake; waits for locks, checks the schema."""

from __future__ import annotations

import glob
import re
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import duckdb

from trailtrace.errors import StoreBusyError, StoreError
from trailtrace.store.connection import MEMORY, RemoteFiles, Store
from trailtrace.store.parquet import ParquetStore, Part
from trailtrace.version import __version__

SCHEMA_VERSION = 7

FIRST_SCHEMA_VERSION = 4
"""The first that was released: stores from it on are brought up to date (`queries/migrations/`)."""

LOCK_WAIT_SECONDS = 20.0
"""How long to wait for another process that holds the file."""

POLL_SECONDS = 0.05
"""Writers in place hold it for a moment only: look again soon."""

THREAD_MEMORY = 512 * 1024**2
"""Bytes that DuckDB may hold for each of its threads; beyond them it writes temporary files beside the store.

A thread that loads fills a row group of each column: with less, loading fails on many cores.
"""


def open_store(
    path: Path,
    *,
    writable: bool = False,
    name: Path | None = None,
    waiting: Callable[[str], None] = lambda _: None,
    patience: float = LOCK_WAIT_SECONDS,
    migrate: Callable[[Store, int], None] | None = None,
) -> Store:
    """Opens the store file; with `writable`, creates it and its schema when it is not there.

    Only `writing.py` opens a store that others may read with `writable`.
    `name` is what the store is called in messages, by default its path. Says once to `waiting` that
    another process holds the file and waits up to `patience` seconds. Calls `migrate` with the schema
    version of an older store, which is refused without it.
    Raises StoreBusyError when the file stays locked, StoreError when it is missing, cannot be read, is
    not a store, or is of another schema version.
    """
    file, path = path, name or path
    try:
        there = file.exists()
    except OSError as error:  # its name is too long
        raise StoreError(f"{path}: no store can be here: {error.strerror}: choose another --store") from error
    if not writable and not there:
        raise StoreError(
            f"{path}: no store here: load logs with `trailtrace ingest PATH --store {path}`,"
            " or answer from files with --logs"
        )
    if there and not file.is_file():
        raise StoreError(f"{path}: not a file: a store is one DuckDB file, choose another --store")
    connection = _connect(file, path, writable, waiting, patience)
    store = Store(connection, str(path))
    try:
        # Who opens a store twice in one process shares what was set and locked the first time.
        [(shared,)] = connection.execute("select current_setting('lock_configuration')").fetchall()
        if not shared:
            _prepare(connection)
        version = _schema_version(connection)
        if version is None:
            tables = {row[0] for row in connection.execute("show tables").fetchall()}
            if not tables and writable:
                _create(store)
                version = SCHEMA_VERSION
            elif "meta" not in tables:
                raise StoreError(f"{path}: a DuckDB file, but not a trailtrace store: choose another --store")
        if migrate is not None and version is not None and FIRST_SCHEMA_VERSION <= version < SCHEMA_VERSION:
            migrate(store, version)
        elif version != SCHEMA_VERSION:
            raise StoreError(
                f"{path}: schema version {version or 'unknown'}, this trailtrace reads {SCHEMA_VERSION}:"
                f" {_version_advice(path, version)}"
            )
        if not writable and not shared:
            store.lock()
    except BaseException:
        store.close()
        raise
    return store


def _version_advice(path: Path, version: int | None) -> str:
    if version is None or version < FIRST_SCHEMA_VERSION:
        return "ingest the logs into a new store"
    if version > SCHEMA_VERSION:
        return "use the newer trailtrace that made it"
    return f"`trailtrace rebuild --store {path}` brings it up to date"


def _schema_version(connection: duckdb.DuckDBPyConnection) -> int | None:
    try:
        [(version,)] = connection.execute("select schema_version from meta").fetchall()
    except (duckdb.Error, ValueError):
        return None  # none yet, or somebody else's table of that name
    return int(version)


def rewrite(path: Path, fresh: Path, name: Path) -> None:
    """Writes a store that nobody has open into a new file, which holds no room that removed rows left."""
    with Store(duckdb.connect(":memory:", config=_CONFIG), str(name)) as store, store._failures():
        _prepare(store._connection)
        # Records stay in the order of their time, so that a window of time is found without the rest.
        store._connection.execute("set preserve_insertion_order = true")
        store.run("store/rewrite/from", {"path": str(path)})
        store.run("store/rewrite/to", {"path": str(fresh)})
        store.run("store/rewrite/copy")


def memory_store(threads: int | None = None) -> Store:
    """An empty store that is gone when it is closed; `threads` is how many of them may work in it."""
    connection = duckdb.connect(":memory:", config=_CONFIG)
    store = Store(connection, MEMORY)
    _prepare(connection)
    if threads is not None:
        connection.execute("set threads = ?", [threads])
    _create(store)
    return store


def parquet_store(
    name: str,
    root: str,
    tables: Mapping[str, Sequence[Part]],
    of_records: Sequence[str] = (),
    lookups: Sequence[str] = (),
    files: RemoteFiles | None = None,
    *,
    spill: Path | None = None,
) -> Store:
    """An empty store in memory, some tables of which are what Parquet files hold.

    Names of files begin with `root`, which ends in a slash; they are on this machine, or in `files`. Of the
    tables `of_records`, a statement opens only the files of records that it needs. `lookups` are views of a
    store. Nothing is read before it is asked for. What memory does not hold goes into `spill`.
    Raises StoreError where a file cannot be read.
    """
    connection = duckdb.connect(":memory:", config=_CONFIG)
    try:
        _prepare(connection)
        connection.execute("set parquet_metadata_cache = true")
        # From a disk, pages one by one are a third of the bytes.
        connection.execute("set disable_parquet_prefetching = ?", [files is None])
        # DuckDB takes names for patterns, also where it asks whether they are allowed.
        connection.execute("set allowed_directories = ?", [[root, glob.escape(root)]])
        if spill is not None:
            connection.execute("set temp_directory = ?", [str(spill.absolute())])
        if files is not None:
            connection.register_filesystem(files)
        with Store(connection, name, files)._failures():
            # It makes no table where there is a view of its name already.
            store = ParquetStore(connection, name, tables, of_records, files)
        _create(store)
        with store._failures():
            store.view_again(lookups)
    except BaseException:
        connection.close()
        raise
    return store


# Nothing in a store may reach the network or other files. Order is given by `order by` alone.
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "preserve_insertion_order": "false",
    # A table name in SQL must never find a variable of this program.
    "python_enable_replacements": "false",
}

_HOLDER = re.compile(r"\(PID (\d+)\)")


def _connect(
    file: Path, name: Path, writable: bool, waiting: Callable[[str], None], patience: float
) -> duckdb.DuckDBPyConnection:
    deadline = time.monotonic() + patience
    told = False
    while True:
        try:
            # Absolute, since DuckDB takes the name `:memory:` for no file.
            return duckdb.connect(file.absolute(), read_only=not writable, config=_CONFIG)
        except (duckdb.IOException, duckdb.ConnectionException) as error:
            reason = str(error).splitlines()[0]
            # The second one says that this process itself has it open in the other way.
            if "Could not set lock" not in reason and "different configuration" not in reason:
                raise StoreError(f"{name}: cannot open the store: {reason}") from error
            found = _HOLDER.search(reason)
            holder = f"process {found[1]}" if found else "a process"
            if time.monotonic() > deadline:
                doing = "has it open" if writable else "is writing to it"
                raise StoreBusyError(
                    f"{name}: {holder} {doing}, for more than {patience:.0f} s: try again when it is done"
                ) from error
        if not told:
            waiting(f"{name}: {holder} has it open: waiting")
            told = True
        time.sleep(POLL_SECONDS)


def _prepare(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("set global timezone = 'UTC'")
    # DuckDB's own defaults know the cores and most of the memory that this process may have.
    [(threads, memory)] = connection.execute(
        "select current_setting('threads'), current_setting('memory_limit')"
    ).fetchall()
    allowed = max(1, min(int(threads), _bytes(str(memory)) // THREAD_MEMORY))
    connection.execute("set threads = ?", [allowed])
    connection.execute("set memory_limit = ?", [f"{max(allowed, 2) * THREAD_MEMORY // 1024**2} MiB"])


def _bytes(size: str) -> int:
    """The bytes that DuckDB writes as `18.7 GiB`."""
    number, unit = size.split()
    return int(float(number) * 1024 ** ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB").index(unit))


def _create(store: Store) -> None:
    with store.transaction():  # each statement by itself would wait for the disk
        store.define()
        store._connection.execute("insert into meta values (?, ?)", [SCHEMA_VERSION, __version__])
