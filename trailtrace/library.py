"""Finds the SQL files of `queries/` and reads the headers of the named ones. Never runs one."""

import difflib
import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from trailtrace.errors import TrailtraceError, UsageError

NAMED = "library"
"""The folder of `queries/` that holds the queries a user runs by name."""

_HEADER = re.compile(
    r"-- (?:param (?P<param>\w+): (?P<param_type>[\w\[\]]+)(?: = (?P<default>\S+))?\s+-- (?P<param_about>.+)"
    r"|column (?P<column>\w+): (?P<column_type>[\w\[\]]+)\s+-- (?P<column_about>.+)"
    r"|(?P<key>(?!param |column )[a-z ]+): (?P<text>.+))"
)


@dataclass(frozen=True, slots=True)
class Param:
    """A value that a query takes as `$name`."""

    name: str
    type: str
    default: str | None
    """As written; `null` if it may be left out and has no value then; None if it must be given."""
    about: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a query returns."""

    name: str
    type: str
    about: str


@dataclass(frozen=True, slots=True)
class Query:
    """One file of `queries/library/`: what its header declares, and its statement."""

    name: str
    title: str
    about: tuple[str, ...]
    """What a row means, and what the query cannot see; a sentence or two each."""
    params: tuple[Param, ...]
    columns: tuple[Column, ...]
    sql: str
    """The whole file, header included."""


def queries_folder() -> Path:
    """The folder of SQL files: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parent
    for folder in (package / "queries", package.parent / "queries"):
        if folder.is_dir():
            return folder
    raise TrailtraceError("queries/ is missing from this installation: install trailtrace again")


@cache
def statement(name: str) -> str:
    """The SQL text of one file, named by its path below `queries/` without `.sql`."""
    return (queries_folder() / f"{name}.sql").read_text(encoding="utf-8")


@cache
def query_names() -> tuple[str, ...]:
    """The names of all queries, in order."""
    return tuple(sorted(path.stem for path in (queries_folder() / NAMED).glob("*.sql")))


def named_query(name: str) -> Query:
    """The query of that name. Raises UsageError, with the nearest names, when there is none."""
    if name not in query_names():
        raise UsageError(f"query {name}: there is none of this name: {_advice(name)}")
    return read_query(name, statement(f"{NAMED}/{name}"))


def read_query(name: str, sql: str) -> Query:
    """Reads the header of a query file. Raises TrailtraceError where it is not one."""
    query, _ = read_header(name, sql)
    return query


def read_header(name: str, sql: str, more: Set[str] = frozenset()) -> tuple[Query, dict[str, list[str]]]:
    """The query of a file, and the texts of each key of `more` that its header has.

    Raises TrailtraceError where the file has no such header.
    """
    texts: dict[str, list[str]] = {}
    params: list[Param] = []
    columns: list[Column] = []
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        match = _HEADER.fullmatch(line)
        if match is None or (match["key"] and match["key"] not in {"title", "about", *more}):
            raise TrailtraceError(f"query {name}: not a line of a header: {line}")
        if match["key"]:
            texts.setdefault(match["key"], []).append(match["text"])
        elif match["param"]:
            params.append(Param(match["param"], match["param_type"], match["default"], match["param_about"]))
        else:
            columns.append(Column(match["column"], match["column_type"], match["column_about"]))
    titles, about = texts.pop("title", []), texts.pop("about", [])
    if len(titles) != 1 or not about or not columns:
        raise TrailtraceError(f"query {name}: its header needs one title, and about and column lines")
    return Query(name, titles[0], tuple(about), tuple(params), tuple(columns), sql), texts


def values_for(query: Query, given: Mapping[str, object]) -> dict[str, object]:
    """The value of every parameter: as given, text being read as the declared type, or the default.

    Raises UsageError for a parameter that is missing, not declared, or not of its type.
    """
    names = [param.name for param in query.params]
    for name in given:
        if name not in names:
            known = f"it takes {', '.join(names)}" if names else "it takes none"
            raise UsageError(f"query {query.name}: no parameter {name}: {known}")
    values: dict[str, object] = {}
    for param in query.params:
        if param.name not in given and param.default is None:
            raise UsageError(f"query {query.name}: --set {param.name}=… is missing: {param.about}")
        value = given.get(param.name, None if param.default == "null" else param.default)
        values[param.name] = _read(query, param, value) if isinstance(value, str) else value
    return values


def _read(query: Query, param: Param, text: str) -> object:
    try:
        match param.type:
            case "timestamp":
                moment = datetime.fromisoformat(text)
                return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
            case "date":
                return date.fromisoformat(text)
            case "integer":
                return int(text)
            case "boolean":
                return {"true": True, "false": False}[text.lower()]
            case _:
                text.encode()  # bytes that were no UTF-8 are no text
                return text
    except (ValueError, KeyError, OverflowError):
        form = _FORMS.get(param.type, param.type)
        raise UsageError(f"query {query.name}: {param.name}={text}: not {form}") from None


_FORMS = {
    "timestamp": "a time: write it as 2026-05-01T09:00:00Z",
    "date": "a day: write it as 2026-05-01",
    "integer": "a whole number",
    "boolean": "true or false",
    "varchar": "text",
}


def _advice(name: str) -> str:
    words = set(re.findall(r"[a-z0-9]+", name.lower()))
    close = difflib.get_close_matches(name.lower(), query_names(), n=3, cutoff=0.5)
    sharing = [other for other in query_names() if words & set(other.split("-"))]
    nearest = list(dict.fromkeys([*close, *sharing]))[:3]
    if not nearest:
        return "`trailtrace query` lists all"
    return f"did you mean {' or '.join(nearest)}? (`trailtrace query` lists all)"
