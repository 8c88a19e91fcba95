"""What BigQuery names or defines differently from DuckDB, and sqlglot leaves as it is.

`python -m benchmarks.lake.engines` runs what comes of it in GoogleSQL's reference implementation.
"""

from __future__ import annotations

import re

from sqlglot import exp

from trailtrace.lake.expressions import TIMES_IN_NAMES, distinct_members, nulls_last, read_boolean, time_shape

# DuckDB's %f is digits behind a point; here they belong to the seconds. Its %z needs no colon; %Ez has one.
_LETTERS = {"%S.%f": "%E*S", "%z": "%Ez"}


def for_bigquery(node: exp.Expr) -> exp.Expr:
    """One node of a statement, in BigQuery's terms; what is under it has been changed before."""
    match node:
        case exp.Anonymous() if node.name.lower() == "try_strptime":
            text, formats = node.expressions
            listed = formats.expressions if isinstance(formats, exp.Array) else [formats]
            return exp.func("coalesce", *(_read_time(text, each.name) for each in listed))
        case exp.Anonymous() if node.name.lower() == "to_seconds":
            return exp.Interval(this=node.expressions[0], unit=exp.var("SECOND"))
        case exp.Anonymous() if node.name.lower() == "json_merge_patch":
            # Only the members without a column are put together so, and no fact reads them.
            return exp.null()
        case exp.Add(expression=exp.Interval() as interval):
            if isinstance(interval.this, exp.Literal):
                interval.set("this", exp.Literal.number(interval.this.name))
            return exp.Anonymous(this="TIMESTAMP_ADD", expressions=[node.this, interval])
        case exp.JSONExtract() | exp.JSONExtractScalar():
            return _json_text(node)
        case exp.Contains():
            # CONTAINS_SUBSTR minds no case.
            return exp.GT(
                this=exp.func("strpos", node.this, node.expression), expression=exp.Literal.number(0)
            )
        case exp.RegexpFullMatch():
            whole = exp.Literal.string(f"^(?:{node.expression.name})$")
            return exp.Anonymous(this="REGEXP_CONTAINS", expressions=[node.this, whole])
        case exp.RegexpReplace():
            # All that match are replaced, and nothing here asks for one alone.
            return exp.Anonymous(
                this="REGEXP_REPLACE", expressions=[node.this, node.expression, node.args["replacement"]]
            )
        case exp.RegexpExtract():
            found = exp.Anonymous(this="REGEXP_EXTRACT", expressions=[node.this, node.expression])
            return _empty_unless_null(node.this, found)
        case exp.RegexpExtractAll():
            return exp.Anonymous(this="REGEXP_EXTRACT_ALL", expressions=[node.this, node.expression])
        case exp.SplitPart():
            parts = exp.func("split", node.this, node.args["delimiter"], dialect="bigquery")
            place = exp.Anonymous(this="SAFE_ORDINAL", expressions=[node.args["part_index"]])
            return _empty_unless_null(node.this, exp.Bracket(this=parts, expressions=[place]))
        case exp.Trim():
            node.set("expression", exp.Literal.string(" "))
        case exp.TryCast() if node.to.this == exp.DataType.Type.BOOLEAN:
            return read_boolean(node.this)
        case exp.TryCast() if node.to.this == exp.DataType.Type.BIGINT:
            # DuckDB reads 3600.0 as a whole number, too.
            number = exp.TryCast(this=node.this, to=exp.DataType.build("double"))
            return exp.TryCast(this=number, to=node.to.copy())
        case exp.Cast() if node.to.this in (exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPNTZ):
            node.set("to", exp.DataType.build("timestamptz"))
        case exp.Cast() if node.to.this == exp.DataType.Type.TEXT and node.this.name in TIMES_IN_NAMES:
            pattern = exp.Literal.string("%F %H:%M:%E*S")
            utc = exp.Literal.string("UTC")
            return exp.Anonymous(this="FORMAT_TIMESTAMP", expressions=[pattern, node.this, utc])
        case exp.ArrayDistinct():
            one = exp.to_identifier("one")
            unnested = exp.Unnest(expressions=[node.this], alias=exp.TableAlias(columns=[one]))
            return exp.Anonymous(this="ARRAY", expressions=[exp.select("one").distinct().from_(unnested)])
        case exp.Select():
            return _joined_lists(node)
        case exp.ArrayAgg(this=exp.Order()) | exp.Window():
            return nulls_last(node, least=True)
        case exp.NullSafeNEQ(this=exp.Tuple(), expression=exp.Tuple()):
            return distinct_members(node)
        case exp.CTE():
            node.set("materialized", None)
        case exp.Union():
            node.set("by_name", False)
    return node


def _read_time(text: exp.Expr, pattern: str) -> exp.Expr:
    """DuckDB's `try_strptime` with one format; BigQuery's own reads more texts than that."""
    known = re.sub(r"%S\.%f|%[A-Za-z]", lambda letter: _LETTERS.get(letter[0], letter[0]), pattern)
    with_colon = text.copy()
    if "%z" in pattern:
        with_colon = exp.Anonymous(
            this="REGEXP_REPLACE",
            expressions=[
                with_colon,
                exp.Literal.string("([0-9]{2}):?([0-9]{2})$"),
                exp.Literal.string(r"\1:\2"),
            ],
        )
    read = exp.Anonymous(
        this="SAFE.PARSE_TIMESTAMP",
        expressions=[exp.Literal.string(known), with_colon, exp.Literal.string("UTC")],
    )
    shaped = exp.Anonymous(
        this="REGEXP_CONTAINS", expressions=[text.copy(), exp.Literal.string(time_shape(pattern))]
    )
    return exp.Case(ifs=[exp.If(this=shaped, true=read)])


def _json_text(node: exp.JSONExtract | exp.JSONExtractScalar) -> exp.Expr:
    """A member as text: what a text says, the JSON of anything else, null if it is null or absent."""
    path = exp.Literal.string(node.expression.sql(dialect="duckdb").strip("'"))
    value = exp.Anonymous(this="JSON_VALUE", expressions=[node.this.copy(), path])
    json = exp.Anonymous(this="JSON_QUERY", expressions=[node.this.copy(), path.copy()])
    return exp.func("coalesce", value, exp.func("nullif", json, exp.Literal.string("null")))


def _empty_unless_null(text: exp.Expr, found: exp.Expr) -> exp.Expr:
    """Where nothing is found DuckDB has the empty text, BigQuery null."""
    is_text = exp.Not(this=exp.Is(this=text.copy(), expression=exp.null()))
    value = exp.func("coalesce", found, exp.Literal.string(""))
    return exp.Case(ifs=[exp.If(this=is_text, true=value)])


def _joined_lists(select: exp.Select) -> exp.Expr:
    """A list whose members are rows is a table to be joined."""
    for selected in select.expressions:
        if not isinstance(selected, exp.Alias) or not isinstance(selected.this, exp.Unnest | exp.Explode):
            continue
        [listed] = selected.this.expressions or [selected.this.this]
        name = exp.to_identifier(selected.alias)
        table = exp.Unnest(expressions=[listed], alias=exp.TableAlias(columns=[name]))
        selected.replace(exp.column(selected.alias))
        select.append("joins", exp.Join(this=table, kind="CROSS"))
    return select
