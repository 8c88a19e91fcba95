"""Statements a user writes: what may run, for how long, and its rows as a stream.

The store's own switches (`Store.lock`) keep a statement from files, network and settings. What is
checked here comes before: one statement that only reads, and no function that acts.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from trailtrace.errors import StoreError, UsageError
from trailtrace.names import NO_NAMES, Names
from trailtrace.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")

TABLE_FUNCTIONS = frozenset(
    {
        "generate_series", "json_each", "json_tree", "query_table", "range", "repeat", "repeat_row",
        "summary", "unnest", "pragma_database_size", "pragma_show", "pragma_storage_info",
        "pragma_table_info", "pragma_version", "duckdb_columns", "duckdb_constraints",
        "duckdb_databases", "duckdb_functions", "duckdb_indexes", "duckdb_keywords", "duckdb_schemas",
        "duckdb_sequences", "duckdb_settings", "duckdb_tables", "duckdb_types", "duckdb_views",
    }
)  # fmt: skip
"""Table functions that only look at the store or make rows of their own; any other is refused."""

ACTING_FUNCTIONS = frozenset({"currval", "nextval", "setseed", "setval", "sleep_ms", "write_log", "getenv"})
"""Scalar functions that do something besides returning a value."""

_EXPLAIN = re.compile(r"\s*explain\s+(?:analy[sz]e\s+)?", re.IGNORECASE)
_POLL_SECONDS = 0.1


def check_reads(store: Store, sql: str) -> None:
    """Raises UsageError unless the text is one statement that only reads the store."""
    if "\0" in sql or _broken(sql):
        raise UsageError("sql: the statement holds a character that is no text")
    kinds = store.statement_kinds(sql)
    if len(kinds) != 1:
        found = f"{len(kinds)} statements" if kinds else "no statement"
        raise UsageError(f"sql: {found} where one select belongs")
    [kind] = kinds
    if kind == "multi":
        raise UsageError("sql: this pivot would be several statements: list its values: pivot … on … in (…)")
    if kind not in ("select", "explain"):
        raise UsageError(f"sql: {kind} statements are refused: the store is only read here")
    text = _EXPLAIN.sub("", sql, count=1) if kind == "explain" else sql
    try:
        tree = json.loads(store.run("answers/statement_tree", {"text": text})[0][0])
        called = list(_functions(tree))
    except RecursionError:
        raise UsageError("sql: the statement is nested too deeply") from None
    if tree.get("error"):
        raise UsageError("sql: only a plain select can be run or explained")
    own = {name for (name,) in store.run("answers/own_macros")}
    for table, name in called:
        if name in own:
            continue
        if (table and name not in TABLE_FUNCTIONS) or name in ACTING_FUNCTIONS:
            raise UsageError(f"sql: the function {name} is refused: it may do more than read the store")


def _broken(text: str) -> bool:
    """Whether the text came from bytes that were no UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _functions(node: Any) -> Iterator[tuple[bool, str]]:
    """Every function of a statement's tree by name, and whether it stands for a table."""
    if isinstance(node, list):
        for item in node:
            yield from _functions(item)
    elif isinstance(node, dict):
        if node.get("type") == "TABLE_FUNCTION":
            function = dict(node["function"])
            yield True, str(function.pop("function_name", "")).lower()
            function.pop("class", None)  # its arguments may hold more
            yield from _functions([function, node.get("subquery")])
            return
        if node.get("class") == "FUNCTION":
            yield False, str(node["function_name"]).lower()
        for item in node.values():
            yield from _functions(item)


@dataclass(frozen=True, slots=True)
class Results:
    """The rows of one statement, read as they are wanted, once."""

    types: list[str]
    """DuckDB's type of each column, lower case."""
    schema: pa.Schema
    """The columns' names, and their Arrow types."""
    batches: Iterator[pa.RecordBatch]
    """Raises StoreError when the time is over."""
    names: Names = NO_NAMES
    """Of accounts, for the rows' ids."""


@contextmanager
def results(
    store: Store,
    sql: str,
    values: Mapping[str, object],
    seconds: float | None = None,
    columns: Sequence[str] | None = None,
) -> Iterator[Results]:
    """Runs a statement; Ctrl-C or the end of its time stops it and leaves the store usable.

    With `columns`, only these are read.
    """
    deadline = None if seconds is None else time.monotonic() + seconds
    # DuckDB's Arrow stream does not look for signals: it waits in a thread, and this one listens.
    with ThreadPoolExecutor(1, "sql") as worker:

        def await_(work: Callable[[], T]) -> T:
            return _awaited(store, worker.submit(work), deadline, seconds)

        types, reader = await_(lambda: store.stream(sql, values, columns))
        try:
            yield Results(types, reader.schema, _batches(store, reader, await_))
        finally:
            reader.close()
            store.abort()


def _batches(
    store: Store, reader: pa.RecordBatchReader, await_: Callable[[Callable[[], Any]], Any]
) -> Iterator[pa.RecordBatch]:
    while (batch := await_(lambda: store.next_batch(reader))) is not None:
        yield batch


def _awaited(store: Store, future: Future[T], deadline: float | None, seconds: float | None) -> T:
    try:
        # A signal may reach another thread, which does not wake this one: never wait long.
        while not future.done() and (deadline is None or time.monotonic() < deadline):
            wait([future], _POLL_SECONDS)
    except KeyboardInterrupt:
        _stop(store, future)
        raise
    if not future.done():
        _stop(store, future)
        raise StoreError(
            f"sql: stopped after {seconds:g} seconds: narrow it by event_time, or give it more with --timeout"
        )
    return future.result()


def _stop(store: Store, future: Future[Any]) -> None:
    # An interrupt that comes before the statement runs is lost: repeat it.
    while not future.done():
        store.interrupt()
        wait([future], _POLL_SECONDS)
