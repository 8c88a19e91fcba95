"""An open store: runs the statements of `queries/` and knows DuckDB's errors."""

from __future__ import annotations

import glob
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import duckdb

from trailtrace.errors import StoreError, UsageError
from trailtrace.library import statement
from trailtrace.store.needed import Needed

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

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

_OTHER_TABLES = (duckdb.BinderException, duckdb.CatalogException)
"""Our own statements fit the present schema: a version between two had other columns."""

_DAMAGED = re.compile(
    "^(Invalid Input Error: .*(magic bytes|Parquet file|Failed to read file)|TProtocolException)"
)
"""What DuckDB says of Parquet files that are none, in exceptions of several kinds; a store has no others."""

_DEFINITIONS = (
    "store/macros",
    "store/schema",
    "facts/schema",
    "facts/lookups",
    "views/calls",
    "views/sessions",
    "views/chains",
    "views/hops_of",
    "views/coverage",
    "views/comments",
)

_LOCK = (
    "set enable_external_access = false",
    "set max_temp_directory_size = '20GB'",
    "set lock_configuration = true",
)


class TooLongError(Exception):
    """A change that was to be quick is not: give it up and make it where nobody waits."""


class RemoteFiles(Protocol):
    """A file system, of fsspec's kind, whose files are elsewhere."""

    failure: StoreError | None
    """The last thing that could not be read: DuckDB says it in other words."""


class Store:
    """An open store. Use `open_store` or `memory_store`; close it or use it as a context."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, name: str, files: RemoteFiles | None = None
    ) -> None:
        self._connection = connection
        self._files = files
        self.name = name
        self._deadline = float("inf")

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def hurry(self, seconds: float) -> None:
        """From so many seconds on, every further statement is refused with TooLongError."""
        self._deadline = time.monotonic() + seconds

    def in_time(self, needed: float = 0.0) -> None:
        """Raises TooLongError if what needs so many seconds more would end too late."""
        if time.monotonic() + needed > self._deadline:
            raise TooLongError

    def run(self, name: str, parameters: Mapping[str, object] | None = None) -> list[Row]:
        """Runs the statement of `queries/<name>.sql` and returns its rows."""
        self.in_time()
        with self._failures():
            self._show(statement(name))
            # A half-read result would block the connection: always read it whole.
            return self._connection.execute(statement(name), dict(parameters or {})).fetchall()

    def records(
        self, name: str, parameters: Mapping[str, object] | None = None, needed: Needed | None = None
    ) -> list[dict[str, Any]]:
        """As `run`, each row as a dict of column names.

        The statement's result must be the same where there are no records but those `needed`.
        """
        self.in_time()
        with self._failures():
            self._show(statement(name), needed)
            result = self._connection.execute(statement(name), dict(parameters or {}))
            columns = [column[0] for column in result.description or []]
            return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]

    def _show(self, sql: str | None, needed: Needed | None = None) -> None:
        """Called before each statement, which may read of the records those that are needed: None is all.

        `sql` is None for one that is not of `queries/`.
        """

    def frame(
        self, name: str, among: pa.Table | None = None, parameters: Mapping[str, object] | None = None
    ) -> pl.DataFrame:
        """The result of `queries/<name>.sql` as a Polars frame.

        With `among`, only rows whose value in its one column is there.
        """
        self.in_time()
        with self._failures():
            self._show(statement(name))
            rows = self._connection.sql(statement(name), params=dict(parameters or {}))
            if among is not None:
                [column] = among.column_names
                rows = rows.join(self._connection.from_arrow(among), column, how="semi")
            frame: pl.DataFrame = rows.pl()
            return frame

    def fill(self, name: str, rows: pa.Table | pa.RecordBatchReader) -> None:
        """Runs an inserting statement that reads the Arrow rows as `frame`: those of a reader once."""
        self.in_time()
        with self._failures():
            self._show(statement(name))
            self._connection.register("frame", rows)
            try:
                self._connection.execute(statement(name))
            finally:
                with suppress(duckdb.Error):  # an aborted transaction refuses even this
                    self._connection.unregister("frame")

    def view(self, name: str, statement_name: str) -> None:
        """Makes a view, for this connection, of a select of `queries/`."""
        with self._failures():
            self._connection.sql(statement(statement_name)).create_view(name)

    def parquet_view(self, name: str, files: Sequence[Path]) -> None:
        """Makes a view, for this connection, of what Parquet files hold. Nothing is read of it yet.

        DuckDB makes none where there is a view of its name already.
        """
        # It takes names for patterns.
        paths = [glob.escape(str(file.absolute())) for file in files]
        with self._failures():
            self._connection.read_parquet(paths, hive_partitioning=False).create_view(name)

    def write(self, name: str, to: Path, *, apart_by: str | None = None, rows: int | None = None) -> None:
        """Writes the rows of `queries/<name>.sql` as Parquet, in their order, `rows` in each row group.

        With `apart_by`, in folders that are named by the values of this column.
        """
        to.parent.mkdir(parents=True, exist_ok=True)
        with self._failures():
            self._show(statement(name))
            self._connection.sql(statement(name)).write_parquet(
                str(to),
                compression="zstd",
                row_group_size=rows,
                partition_by=None if apart_by is None else [apart_by],
            )

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
            self._show(None)
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
        self._deadline = float("inf")  # what is kept is not given up any more
        with self._failures():
            self._connection.commit()

    @contextmanager
    def _user_failures(self) -> Iterator[None]:
        """Failures of a statement that a user wrote; Arrow hides DuckDB's own behind an OSError."""
        try:
            with self._far_failures():
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
            if _DAMAGED.search(text):
                raise StoreError(f"{self.name}: {_is_damaged(_first_words(text))}") from error
            raise UsageError(f"sql: {_first_words(text)}") from error

    @contextmanager
    def _far_failures(self) -> Iterator[None]:
        """Failures of a service, in its words."""
        try:
            yield
        except Exception:
            if self._files is None or self._files.failure is None:
                raise
            failure, self._files.failure = self._files.failure, None
            raise failure from None

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            with self._far_failures():
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
        except _OTHER_TABLES as error:
            raise StoreError(
                f"{self.name}: made by another version of trailtrace ({_first_words(str(error))}):"
                " build it anew from its logs"
            ) from error
        except duckdb.Error as error:
            text = _first_words(str(error))
            if not _DAMAGED.search(text):
                raise
            raise StoreError(f"{self.name}: {_is_damaged(text)}") from error


def _is_damaged(text: str) -> str:
    return f"a file of a lake is damaged ({text}): copy it again, or build the lake again"


def _first_words(text: str) -> str:
    """DuckDB's message on one line, without the picture of the statement."""
    return " ".join(text.partition("\n\nLINE ")[0].split())
