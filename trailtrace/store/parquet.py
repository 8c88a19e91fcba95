"""A store whose tables are Parquet files, of which each statement finds those that it needs, and no others.

A file that is not looked into costs nothing: its footer is not read, and DuckDB does not know of it.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import duckdb

from trailtrace.library import statement
from trailtrace.store.connection import RemoteFiles, Store
from trailtrace.store.needed import Needed

OTHER = "other"
"""Whatever is no number of twelve digits."""

_ACCOUNT = re.compile("[0-9]{12}")

_DEFINES = re.compile(r"\bcreate( or replace)?( temp)? (view|macro)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a table, and the day and account that all of its rows are of, where that is said."""

    path: str
    day: str = ""
    account: str | None = None


_Places = Mapping[str, frozenset[str] | None]
"""Days, each with the accounts in it; None is all of them."""


class ParquetStore(Store):
    """`tables` are views of all their files, `of_records` of those that have the records that are needed.

    Two tables tell where these are: `key_places` in which days and accounts a key was used, `event_places`
    where the first letters of an event id are found.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        name: str,
        tables: Mapping[str, Sequence[Part]],
        of_records: Sequence[str],
        files: RemoteFiles | None = None,
    ) -> None:
        super().__init__(connection, name, files)
        self._tables = {table: parts for table, parts in tables.items() if parts}
        self._days = {table: _by_day(self._tables[table]) for table in of_records if table in self._tables}
        self._shown: _Places | None = {}
        self._defined = False
        """Whether the last statement made views or macros: these may read records, too."""
        for table in self._tables:
            self._view(table)

    def view_again(self, tables: Sequence[str]) -> None:
        """Files in the place of what was made since under the names of some tables."""
        for table in tables:
            if table in self._tables:
                self._view(table)

    def _show(self, sql: str | None, needed: Needed | None = None) -> None:
        if self._defined:
            self.__dict__.pop("_readers", None)
        self._defined = sql is not None and _DEFINES.search(sql) is not None
        if sql is not None and needed is None and not _read_by(sql) & self._readers:
            return
        shown = None if needed is None else self._places(needed)
        if shown != self._shown:
            self._shown = shown
            for table in self._days:
                self._view(table)

    @cached_property
    def _readers(self) -> frozenset[str]:
        """The tables of records, and the views and macros that read them."""
        defined = self._connection.execute(statement("lake/definitions")).fetchall()
        found = set(self._days)
        while more := {name for name, text in defined if name not in found and _words(text) & found}:
            found |= more
        return frozenset(found)

    def _view(self, table: str) -> None:
        parts = self._tables[table]
        if table in self._days and self._shown is not None:
            parts = [
                part
                for day, accounts in self._shown.items()
                for part in self._days[table].get(day, ())
                if accounts is None or part.account is None or part.account in accounts
            ]
        # Without files it still has its columns.
        paths = [part.path for part in parts or self._tables[table][:1]]
        # DuckDB takes names for patterns.
        rows = self._connection.read_parquet(list(map(glob.escape, paths)), hive_partitioning=False)
        (rows if parts else rows.limit(0)).create_view(table)

    def _places(self, needed: Needed) -> _Places:
        places: _Places = dict.fromkeys(sorted(set().union(*self._days.values())))
        if needed.times is not None:
            spans = [(f"{since:%Y-%m-%d}", f"{until:%Y-%m-%d}") for since, until in needed.times]
            places = {day: None for day in places if any(first <= day <= last for first, last in spans)}
        if needed.accounts is not None:
            accounts = frozenset(map(_folder_of, needed.accounts))
            places = dict.fromkeys(places, accounts)
        if needed.keys is not None and "key_places" in self._tables:
            places = self._among(places, "lake/places_of_keys", {"keys": list(needed.keys)})
        if needed.event_id is not None and "event_places" in self._tables:
            places = self._among(places, "lake/places_of_event", {"event_id": needed.event_id})
        return places

    def _among(self, places: _Places, name: str, parameters: Mapping[str, object]) -> _Places:
        """Those of some places that a statement finds as well."""
        found: dict[str, set[str]] = {}
        for day, account in self._connection.execute(statement(name), dict(parameters)).fetchall():
            found.setdefault(day, set()).add(account)
        return {
            day: frozenset(found[day] if accounts is None else found[day] & accounts)
            for day, accounts in places.items()
            if day in found
        }


def _folder_of(account: str | None) -> str:
    """The account by which the files of an account's records are named."""
    return account if account is not None and _ACCOUNT.fullmatch(account) else OTHER


def _read_by(sql: str) -> set[str]:
    """The tables, views and macros that a statement of ours reads: what it selects from or calls."""
    found = re.findall(r"\b(?:from|join)\s+\(*\s*(\w+)|(\w+)\s*\(", _bare(sql))
    return {name for names in found for name in names if name}


def _words(sql: str) -> set[str]:
    return set(re.findall(r"\w+", _bare(sql)))


def _bare(sql: str) -> str:
    return re.sub(r"--.*", "", sql).lower()


def _by_day(parts: Sequence[Part]) -> dict[str, list[Part]]:
    days: dict[str, list[Part]] = {}
    for part in parts:
        days.setdefault(part.day, []).append(part)
    return days
