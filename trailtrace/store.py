"""The store: one DuckDB file. The only module that imports duckdb and knows its errors."""

from __future__ import annotations

import glob
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from trailtrace.errors import StoreBusyError, StoreError, UsageError
from trailtrace.library import statement
from trailtrace.version import __version__

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

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

MEMORY = "memory"
"""The name of a store without a file."""

STREAM_ROWS = 10_000
"""Rows that are read at a time."""

Row = tuple[Any, ...]

_NO_ROOM = (
    duckdb.IOException,
    duckdb.OutOfMemoryException,
    duckdb.TransactionException,  # a commit that could not be written
    duckdb.FatalException,  # and whatever is asked after it
)


class Store:
    """An open store. Use `open_store` or `memory_store`; close it or use it as a context."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, name: str) -> None:
        self._connection = connection
        self.name = name

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def run(self, name: str, parameters: Mapping[str, object] | None = None) -> list[Row]:
        """Runs the statement of `queries/<name>.sql` and returns its rows."""
        with self._failures():
            # A half-read result would block the connection: always read it whole.
            return self._connection.execute(statement(name), dict(parameters or {})).fetchall()

    def records(self, name: str, parameters: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        """As `run`, each row as a dict of column names."""
        with self._failures():
            result = self._connection.execute(statement(name), dict(parameters or {}))
            columns = [column[0] for column in result.description or []]
            return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]

    def frame(
        self, name: str, among: pa.Table | None = None, parameters: Mapping[str, object] | None = None
    ) -> pl.DataFrame:
        """The result of `queries/<name>.sql` as a Polars frame.

        With `among`, only rows whose value in its one column is there.
        """
        with self._failures():
            rows = self._connection.sql(statement(name), params=dict(parameters or {}))
            if among is not None:
                [column] = among.column_names
                rows = rows.join(self._connection.from_arrow(among), column, how="semi")
            frame: pl.DataFrame = rows.pl()
            return frame

    def fill(self, name: str, rows: pa.Table) -> None:
        """Runs an inserting statement that reads the Arrow table as `frame`."""
        with self._failures():
            self._connection.register("frame", rows)
            try:
                self._connection.execute(statement(name))
            finally:
                with suppress(duckdb.Error):  # an aborted transaction refuses even this
                    self._connection.unregister("frame")

    def statement_kinds(self, sql: str) -> list[str]:
        """What kind of statement each statement of a text is: select, insert, set, …"""
        with self._user_failures():
            return [part.type.name.lower() for part in self._connection.extract_statements(sql)]

    def stream(
        self, sql: str, parameters: Mapping[str, object], columns: Sequence[str] | None = None
    ) -> tuple[list[str], pa.RecordBatchReader]:
        """The column types and the rows of a statement that need not be one of `queries/`.

        With `columns`, only these.
        Raises UsageError where DuckDB refuses it. The reader must be closed before the next statement.
        """
        with self._user_failures():
            relation = self._connection.sql(sql, params=dict(parameters))
            if relation is None:
                raise UsageError("sql: the statement returns no rows")
            if columns:
                relation = relation.select(*map(duckdb.ColumnExpression, columns))
            types = [str(type_).lower() for type_ in relation.types]
            return types, relation.to_arrow_reader(STREAM_ROWS)

    def next_batch(self, reader: pa.RecordBatchReader) -> pa.RecordBatch | None:
        """The next rows of a stream; None at its end."""
        with self._user_failures():
            try:
                return reader.read_next_batch()
            except StopIteration:
                return None

    def checkpoint(self) -> None:
        """Puts all that was committed into the store file itself; closing does so too, but is silent."""
        with self._failures():
            self._connection.execute("checkpoint")

    def release_memory(self) -> None:
        """Gives back the memory in which DuckDB keeps what it has read of the store file."""
        if self.name == MEMORY:
            return  # there is no file to read it from again
        with self._failures():
            [(limit,)] = self._connection.execute("select current_setting('memory_limit')").fetchall()
            with suppress(duckdb.OutOfMemoryException):  # some of it is in use
                self._connection.execute("set memory_limit = '128 MiB'")
            self._connection.execute("set memory_limit = ?", [limit])

    def interrupt(self) -> None:
        """Stops the running statement; may be called from another thread."""
        self._connection.interrupt()

    def abort(self) -> None:
        """Gives up the rows that were not read."""
        self._connection.abort()

    def define(self) -> None:
        """Makes the tables that are not there, and all macros and views anew."""
        with self._failures():
            for name in _DEFINITIONS:
                self._connection.execute(statement(name))

    def lock(self) -> None:
        """From now on nothing in this connection reaches files, the network or settings.

        The switches are those of DuckDB's "Securing DuckDB"; none of them can be taken back.
        """
        with self._failures():
            for switch in _LOCK:
                self._connection.execute(switch)

    def load_documents(self, documents: pa.RecordBatchReader, parse: str, load: str) -> None:
        """Runs a statement that reads the view `normalised` of a stream of documents.

        `parse` names the statement that makes a row of each of the stream's records.
        """
        with self._failures():
            self._connection.register("documents", documents)
            try:
                for name in (parse, "store/normalise", load):
                    self._connection.execute(statement(name))
            except duckdb.InvalidInputException as error:
                # Of Ctrl-C while Python made the next documents, DuckDB keeps the traceback's text.
                if str(error).rstrip().endswith("KeyboardInterrupt"):
                    raise KeyboardInterrupt from None
                raise
            finally:
                with suppress(duckdb.Error):  # an aborted transaction refuses even this
                    self._connection.unregister("documents")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: a failure or Ctrl-C leaves the store as it was."""
        with self._failures():
            self._connection.begin()
        try:
            yield
        except BaseException:
            with suppress(duckdb.Error):  # after a fatal error there is nothing to roll back
                self._connection.rollback()
            raise
        with self._failures():
            self._connection.commit()

    @contextmanager
    def _user_failures(self) -> Iterator[None]:
        """Failures of a statement that a user wrote; Arrow hides DuckDB's own behind an OSError."""
        try:
            yield
        except duckdb.InterruptException:
            raise KeyboardInterrupt from None
        except (duckdb.Error, OSError) as error:
            text = str(error)
            if text.startswith("INTERRUPT"):
                raise KeyboardInterrupt from None
            if text.startswith(("Out of Memory", "IO Error")):
                advice = "ask for less, or aggregate"
                raise StoreError(f"{self.name}: {text.splitlines()[0]}: {advice}") from error
            raise UsageError(f"sql: {_first_words(text)}") from error

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except duckdb.InterruptException:
            raise KeyboardInterrupt from None
        except RuntimeError as error:
            if str(error) == "Query interrupted":  # Ctrl-C while DuckDB worked
                raise KeyboardInterrupt from None
            raise
        except _NO_ROOM as error:
            text = str(error).splitlines()[0]
            raise StoreError(f"{self.name}: {text}: free space or memory, then run it again") from error


def _first_words(text: str) -> str:
    """DuckDB's message on one line, without the picture of the statement."""
    return " ".join(text.partition("\n\nLINE ")[0].split())


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


def parquet_store(name: str, tables: Mapping[str, Sequence[Path]], folder: Path) -> Store:
    """An empty store in memory, some tables of which are what Parquet files in a folder hold.

    Nothing is read before it is asked for. Raises StoreError where a file cannot be read.
    """
    connection = duckdb.connect(":memory:", config=_CONFIG)
    store = Store(connection, name)
    try:
        _prepare(connection)
        # DuckDB takes names for patterns, also where it asks whether they are allowed.
        below = f"{folder.absolute()}/"
        connection.execute("set allowed_directories = ?", [[below, glob.escape(below)]])
        with store._failures():
            for table, files in tables.items():
                paths = [glob.escape(str(file.absolute())) for file in files]
                # It makes no table where there is a view of its name already.
                connection.read_parquet(paths, hive_partitioning=False).create_view(table)
        _create(store)
    except BaseException:
        store.close()
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

_LOCK = (
    "set enable_external_access = false",
    "set max_temp_directory_size = '20GB'",
    "set lock_configuration = true",
)


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


_DEFINITIONS = (
    "store/macros",
    "store/schema",
    "facts/schema",
    "views/calls",
    "views/sessions",
    "views/chains",
    "views/hops_of",
    "views/coverage",
    "views/comments",
)


def _create(store: Store) -> None:
    with store.transaction():  # each statement by itself would wait for the disk
        store.define()
        store._connection.execute("insert into meta values (?, ?)", [SCHEMA_VERSION, __version__])
