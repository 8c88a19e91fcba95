"""The statements of `queries/`, written for DuckDB, in the SQL of other engines.

sqlglot knows most of it. What it does not know is here: macros are put in where they are called, and a
few functions that engines name or define differently. Nothing is sent to an engine by this module.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB

from trailtrace.lake.bigquery import for_bigquery
from trailtrace.lake.clickhouse import for_clickhouse
from trailtrace.lake.expressions import with_all_names
from trailtrace.lake.snowflake import for_snowflake, with_tables_named
from trailtrace.lake.trino import for_trino
from trailtrace.library import statement

MACROS = "store/macros"


class _Ours(DuckDB):
    """DuckDB's SQL with macros of ours that have the names of other engines' functions."""

    class Parser(DuckDB.Parser):  # type: ignore[valid-type,misc]  # an attribute that dialects make anew
        FUNCTIONS: ClassVar[dict[str, Any]] = {
            name: made for name, made in DuckDB.Parser.FUNCTIONS.items() if name != "PARSE_TIME"
        }


@dataclass(frozen=True, slots=True)
class Step:
    """One statement of a file: the rows it selects, and the table that they are or go into.

    `table` is None for a bare select, and with `adds` what is in the table stays. Statements that delete
    are no step: a lake's tables are made as a whole, so there is nothing in them that must go first.
    """

    table: str | None
    adds: bool
    sql: str


def steps(name: str, dialect: str, parameters: Mapping[str, object] | None = None) -> list[Step]:
    """The selects of `queries/<name>.sql` in a dialect of sqlglot, with parameters as literals."""
    found = []
    for parsed in _parsed(name):
        if isinstance(parsed, exp.Delete):
            continue
        table, select = None, parsed
        if isinstance(parsed, exp.Create | exp.Insert):
            table, select = parsed.this.find(exp.Table).name, parsed.expression
        found.append(
            Step(table, isinstance(parsed, exp.Insert), _translated(select.copy(), dialect, parameters or {}))
        )
    return found


def view(name: str, table: str, dialect: str) -> str:
    """The select of one view that a file of several statements makes."""
    return _translated(_view(name, table).expression, dialect, {})


def _view(name: str, table: str) -> exp.Expr:
    # By itself: sqlglot does not know all that DuckDB lets a `create table` say.
    [text] = [text for text in statement(name).split(";") if re.search(rf"\bview {table} as\b", text)]
    return sqlglot.parse_one(text, read=_Ours)


def tables(
    name: str,
    dialect: str,
    parameters: Mapping[str, object],
    columns: dict[str, list[str]],
    *,
    only_view: str | None = None,
) -> list[str]:
    """What a file of `queries/` makes, as statements that make it anew where there is nothing yet.

    `columns` are those of the tables made before, and get those of the tables that this file makes. With
    `only_view`, one view of the file alone.
    """
    parsed = _parsed(name) if only_view is None else [_view(name, only_view)]
    found = []
    for part in parsed:
        if isinstance(part, exp.Delete):
            continue
        target = part.this.find(exp.Table)
        select = _where_there_is_none(part.expression.copy(), target.name)
        if dialect in _WITHOUT_EXCEPT and isinstance(select, exp.Query):
            with_all_names(select, columns)
            columns[target.name] = select.named_selects
        if dialect == "snowflake" and isinstance(select, exp.Query):
            select = with_tables_named(select, columns)
            columns[target.name] = select.named_selects
        select = _changed(select, dialect, parameters)
        is_view = isinstance(part, exp.Create) and part.kind == "VIEW"
        create = exp.Create(
            this=exp.to_table(target.name),
            kind="VIEW" if is_view else "TABLE",
            expression=select,
            properties=None if is_view else _properties(dialect, target.name),
        )
        found.append(create.sql(dialect=dialect, comments=False, pretty=True))
    return found


_WITHOUT_EXCEPT = ("athena", "trino")
"""Engines where a `*` cannot leave out columns."""


def _properties(dialect: str, table: str) -> exp.Properties | None:
    """What a table must be told of how it is kept."""
    match dialect:
        case "clickhouse":
            order = exp.Order(expressions=[exp.Ordered(this=exp.Tuple())])
            kept = [exp.EngineProperty(this=exp.to_identifier("MergeTree")), order]
        case "spark":
            kept = [exp.FileFormatProperty(this=exp.to_identifier("parquet"))]
        case "athena":
            # Athena's other tables keep no microseconds.
            values = {
                "table_type": exp.Literal.string("ICEBERG"),
                "is_external": exp.false(),
                "location": exp.Literal.string(f"s3://BUCKET/trailtrace/tables/{table}/"),
            }
            kept = [exp.Property(this=exp.var(name), value=value) for name, value in values.items()]
        case _:
            return None
    return exp.Properties(expressions=kept)


def _where_there_is_none(select: exp.Expr, table: str) -> exp.Expr:
    """Without what leaves out the rows that the table has already: it has none."""
    for join in list(select.find_all(exp.Join)):
        if join.kind == "ANTI" and join.this.name == table:
            join.pop()
    return select


@cache
def _parsed(name: str) -> list[exp.Expr]:
    return [part for part in sqlglot.parse(statement(name), read=_Ours) if part is not None]


def translated(select: str, dialect: str) -> str:
    """One select with macros of ours, in a dialect."""
    return _translated(sqlglot.parse_one(select, read=_Ours), dialect, {})


def _translated(select: exp.Expr, dialect: str, parameters: Mapping[str, object]) -> str:
    return _changed(select, dialect, parameters).sql(dialect=dialect, comments=False)


def _changed(select: exp.Expr, dialect: str, parameters: Mapping[str, object]) -> exp.Expr:
    for change in (_with_macros, _with_parameters(parameters), *_CHANGES.get(dialect, ())):
        select = change(select)
    return select


@cache
def _macros() -> dict[str, tuple[list[str], exp.Expr]]:
    found = {}
    for parsed in _parsed(MACROS):
        if isinstance(parsed, exp.Create) and isinstance(parsed.this, exp.UserDefinedFunction):
            names = [parameter.name for parameter in parsed.this.expressions]
            found[parsed.this.this.name] = (names, parsed.expression)
    return found


def _with_macros(select: exp.Expr) -> exp.Expr:
    """Calls of macros become what these stand for."""

    def put_in(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Anonymous) or node.name.lower() not in _macros():
            return node
        names, body = _macros()[node.name.lower()]
        given = dict(zip(names, node.expressions, strict=True))

        def argument(part: exp.Expr) -> exp.Expr:
            if isinstance(part, exp.Column) and not part.table and part.name in given:
                value = given[part.name]
                plain = isinstance(value, exp.Column | exp.Literal | exp.Boolean | exp.Func)
                return value.copy() if plain else exp.paren(value.copy())
            return part

        return exp.paren(_with_macros(body.copy().transform(argument)))

    return select.transform(put_in)


def _with_parameters(parameters: Mapping[str, object]) -> Callable[[exp.Expr], exp.Expr]:
    def put_in(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Parameter | exp.Placeholder) and node.name in parameters:
            return exp.convert(parameters[node.name])
        return node

    return lambda select: select.transform(put_in)


# Java's patterns for what DuckDB's %-letters read: one letter reads one digit or two. A fraction of a second
# has one to nine digits, of which six count.
_JAVA_TIME = {
    "%Y": "yyyy", "%m": "M", "%d": "d", "%H": "H", "%M": "m", "%S": "s", "%f": "SSSSSS",
    "%z": "[XXX][XX][X]", "%b": "MMM", "%I": "h", "%p": "a",
}  # fmt: skip
_JAVA_DATE_WITHOUT_SEPARATORS = {"%Y%m%d": "yyyyMMdd", "%H%M%S": "HHmmss"}


def _read_time(text: exp.Expr, pattern: str) -> exp.Expr:
    """DuckDB's `try_strptime` with one format, in UTC."""
    parts = re.split(r"(%Y%m%d|%H%M%S|%[A-Za-z])", pattern)
    known = _JAVA_TIME | _JAVA_DATE_WITHOUT_SEPARATORS
    java = "".join(known.get(part, re.sub(r"[A-Za-z]+", r"'\g<0>'", part)) for part in parts)
    read = exp.func("try_to_timestamp", text.copy(), exp.Literal.string(java))
    found = exp.Cast(this=read, to=_NTZ.copy())
    if not any(re.search("[A-Z]", part) for part in parts if part not in known):
        return found
    # Spark reads letters of a format in either case.
    in_capitals = exp.EQ(this=text.copy(), expression=exp.Upper(this=text.copy()))
    return exp.Case(ifs=[exp.If(this=in_capitals, true=found)])


def _for_spark(node: exp.Expr) -> exp.Expr:
    """What Spark names or defines differently from DuckDB, and sqlglot leaves as it is."""
    match node:
        case exp.Anonymous() if node.name.lower() == "try_strptime":
            text, formats = node.expressions
            listed = formats.expressions if isinstance(formats, exp.Array) else [formats]
            read = [_read_time(text, each.name) for each in listed]
            return exp.func("coalesce", *read)
        case exp.Anonymous() if node.name.lower() == "to_seconds":
            zero = exp.Literal.number(0)
            return exp.func("make_dt_interval", zero, zero.copy(), zero.copy(), node.expressions[0])
        case exp.Anonymous() if node.name.lower() == "list_position":
            return exp.func("array_position", *node.expressions)
        case exp.Anonymous() if node.name.lower() == "json_merge_patch":
            # Only the members without a column are put together so, and no fact reads them.
            return exp.null()
        case exp.UnixToTime():
            return exp.Cast(this=node.copy(), to=_NTZ.copy())
        case exp.Cast() if node.to.this == exp.DataType.Type.TIMESTAMP:
            node.set("to", _NTZ.copy())
        case exp.RegexpFullMatch():
            return exp.RegexpLike(this=node.this, expression=_java_regex(node.expression, whole=True))
        case exp.RegexpReplace():
            # Spark replaces all that match, as DuckDB does with 'g', and nothing here asks for one alone.
            with_ = re.sub(r"\\(\d)", r"$\1", node.args["replacement"].name)
            return exp.func(
                "regexp_replace", node.this, _java_regex(node.expression), exp.Literal.string(with_)
            )
        case exp.RegexpLike() | exp.RegexpExtract() | exp.RegexpExtractAll():
            node.set("expression", _java_regex(node.expression))
        case exp.CTE():
            node.set("materialized", None)
        case exp.Union():
            # A lake's tables have their columns in the order in which statements name them.
            node.set("by_name", False)
        case exp.ArrayDistinct():
            # DuckDB leaves nulls out.
            return exp.func("array_compact", node.copy())
        case exp.ArrayAgg(this=exp.Order() as ordered):
            return _sorted_list(ordered)
    return node


_NTZ = exp.DataType.build("TIMESTAMP_NTZ", dialect="spark")


def _java_regex(pattern: exp.Expr, *, whole: bool = False) -> exp.Expr:
    """Java's `.` and `$` stop at more characters than RE2's, which both engines must not differ in."""
    if not isinstance(pattern, exp.Literal):
        return pattern
    text = re.sub(r"\$$", r"\\z", pattern.name)
    text = text if text.startswith("(?d)") else f"(?d){text}"
    return exp.Literal.string(rf"(?d)\A(?:{pattern.name})\z" if whole else text)


def _sorted_list(ordered: exp.Order) -> exp.Expr:
    """A list in an order, nulls last: a list of keys and values, sorted, without its keys."""
    keys: list[exp.Expr] = []
    for number, each in enumerate(ordered.expressions):
        keys += [
            exp.PropertyEQ(
                this=exp.to_identifier(f"null_{number}"),
                expression=exp.Is(this=each.this, expression=exp.null()),
            ),
            exp.PropertyEQ(this=exp.to_identifier(f"key_{number}"), expression=each.this),
        ]
    value = exp.PropertyEQ(this=exp.to_identifier("value"), expression=ordered.this)
    collected = exp.ArrayAgg(this=exp.Struct(expressions=[*keys, value]))
    each_one = exp.to_identifier("one")
    return exp.func(
        "transform",
        exp.func("array_sort", collected),
        exp.Lambda(
            this=exp.Dot(this=each_one, expression=exp.to_identifier("value")), expressions=[each_one]
        ),
    )


def _each(change: Callable[[exp.Expr], exp.Expr]) -> Callable[[exp.Expr], exp.Expr]:
    def changed(select: exp.Expr) -> exp.Expr:
        # Twice through would put prefixes before prefixes: children first, each node once.
        for node in list(select.walk(bfs=False))[::-1]:
            put = change(node)
            if put is not node:
                if node is select:
                    select = put
                else:
                    node.replace(put)
        return select

    return changed


_CHANGES: dict[str, tuple[Callable[[exp.Expr], exp.Expr], ...]] = {
    "spark": (_each(_for_spark),),
    "databricks": (_each(_for_spark),),
    "clickhouse": (_each(for_clickhouse),),
    "bigquery": (_each(for_bigquery),),
    "snowflake": (_each(for_snowflake),),
    "trino": (_each(for_trino),),
    "athena": (_each(for_trino),),
}
