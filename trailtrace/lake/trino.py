"""What Trino names or defines differently from DuckDB, and sqlglot leaves as it is; Athena is made of Trino.

docs/lake.md names the pages that say how Trino defines what is put here.
"""

from __future__ import annotations

import re

from sqlglot import exp

from trailtrace.lake.expressions import (
    TIMES_IN_NAMES,
    distinct_members,
    grouped_by_values,
    nulls_last,
    read_boolean,
    time_shape,
)

_MICROSECONDS = exp.DataType.build("timestamp(6)", dialect="trino")
_MICROSECONDS_AT = exp.DataType.build("timestamp(6) with time zone", dialect="trino")

# %-letters are MySQL's: what DuckDB calls minutes and seconds has other letters there.
_LETTERS = {"%M": "%i", "%S": "%s", "%I": "%h"}

_INTEGERS = frozenset({"file_id"})
"""Members of a row that are no texts."""


def for_trino(node: exp.Expr) -> exp.Expr:
    """One node of a statement, in Trino's terms; what is under it has been changed before."""
    match node:
        case exp.Anonymous() if node.name.lower() == "try_strptime":
            text, formats = node.expressions
            listed = formats.expressions if isinstance(formats, exp.Array) else [formats]
            return exp.func("coalesce", *(_read_time(text, each.name) for each in listed))
        case exp.Anonymous() if node.name.lower() == "json_merge_patch":
            # Only the members without a column are put together so, and no fact reads them.
            return exp.null()
        case exp.Add(expression=exp.Anonymous() as seconds) if seconds.name.lower() == "to_seconds":
            return _call("date_add", exp.Literal.string("second"), *seconds.expressions, node.this)
        case exp.UnixToTime():
            nanoseconds = exp.Mul(this=exp.paren(node.this), expression=exp.Literal.number(1000))
            # A number too large for nanoseconds, which anybody can write into a record, is no time.
            return _in_utc(_call("try", _call("from_unixtime_nanos", nanoseconds)))
        case exp.JSONExtract() | exp.JSONExtractScalar():
            return _json_text(node)
        case exp.Contains():
            found = _call("strpos", node.this, node.expression)
            return exp.GT(this=found, expression=exp.Literal.number(0))
        case exp.MD5():
            hashed = _call("md5", _call("to_utf8", node.this))
            return _call("lower", _call("to_hex", hashed))
        case exp.RegexpFullMatch():
            return _call("regexp_like", node.this, exp.Literal.string(rf"\A(?:{node.expression.name})\z"))
        case exp.RegexpLike():
            return _call("regexp_like", node.this, _pattern(node.expression))
        case exp.RegexpReplace():
            with_ = re.sub(r"\\(\d)", r"$\1", node.args["replacement"].name)
            return _call("regexp_replace", node.this, _pattern(node.expression), exp.Literal.string(with_))
        case exp.RegexpExtract():
            found = _call("regexp_extract", node.this, _pattern(node.expression), node.args["group"])
            return _empty_unless_null(node.this, found)
        case exp.SplitPart():
            part = _call("split_part", node.this, node.args["delimiter"], node.args["part_index"])
            return _empty_unless_null(node.this, part)
        case exp.Trim():
            node.set("expression", exp.Literal.string(" "))
            node.set("position", "BOTH")
        case exp.TryCast() if node.to.this == exp.DataType.Type.BOOLEAN:
            return read_boolean(node.this)
        case exp.TryCast() if node.to.this == exp.DataType.Type.BIGINT:
            # DuckDB reads 3600.0 as a whole number, too.
            number = exp.TryCast(this=node.this, to=exp.DataType.build("double"))
            return exp.TryCast(this=number, to=node.to.copy())
        case exp.Cast() if node.to.this in (exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPNTZ):
            node.set("to", _MICROSECONDS.copy())
        case exp.Cast() if node.to.this == exp.DataType.Type.TEXT and node.this.name in TIMES_IN_NAMES:
            # DuckDB writes no zeros at the end of a time's fraction.
            zeros = exp.Literal.string(r"[.]?0*\z")
            return _call("regexp_replace", exp.cast(node.this, "varchar"), zeros, exp.Literal.string(""))
        case exp.Select():
            return _joined_lists(grouped_by_values(node))
        case exp.Struct():
            return _row(node)
        case exp.ArrayAgg(this=exp.Order()) | exp.Window():
            return nulls_last(node, least=False)
        case exp.NullSafeNEQ(this=exp.Tuple(), expression=exp.Tuple()):
            return distinct_members(node)
        case exp.CTE():
            node.set("materialized", None)
        case exp.Union():
            node.set("by_name", False)
    return node


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name.upper(), expressions=[each.copy() for each in arguments])


def _in_utc(moment: exp.Expr) -> exp.Expr:
    utc = exp.AtTimeZone(this=moment, zone=exp.Literal.string("UTC"))
    return exp.Cast(this=utc, to=_MICROSECONDS.copy())


def _read_time(text: exp.Expr, pattern: str) -> exp.Expr:
    """DuckDB's `try_strptime` with one format, in UTC."""
    shaped = _call("regexp_like", text, _pattern(exp.Literal.string(time_shape(pattern))))
    return exp.Case(ifs=[exp.If(this=shaped, true=_time(text, pattern))])


def _time(text: exp.Expr, pattern: str) -> exp.Expr:
    if "%b" in pattern:
        letters = re.sub("%[A-Za-z]", lambda letter: _LETTERS.get(letter[0], letter[0]), pattern)
        read = exp.Anonymous(this="TRY", expressions=[_call("date_parse", text, exp.Literal.string(letters))])
        return exp.Cast(this=read, to=_MICROSECONDS.copy())
    if "%Y%m%d" in pattern:
        written = _replaced(text, r"\A(.{4})(..)(..)T(..)(..)(..)Z\z", "$1-$2-$3 $4:$5:$6")
    else:
        written = _replaced(text, "T", " ")
    if "%z" in pattern:
        with_space = _replaced(written, r"([+-][0-9]{2}):?([0-9]{2})\z", " $1:$2")
        return _in_utc(exp.TryCast(this=with_space, to=_MICROSECONDS_AT.copy()))
    return exp.TryCast(this=_replaced(written, "Z", ""), to=_MICROSECONDS.copy())


def _replaced(text: exp.Expr, pattern: str, with_: str) -> exp.Expr:
    return _call("regexp_replace", text, exp.Literal.string(pattern), exp.Literal.string(with_))


def _json_text(node: exp.JSONExtract | exp.JSONExtractScalar) -> exp.Expr:
    """A member as text: what a text says, the JSON of anything else, null if it is null or absent."""
    path = exp.Literal.string(node.expression.sql(dialect="duckdb").strip("'"))
    json = _call("json_format", _call("json_extract", node.this, path))
    return exp.func(
        "coalesce",
        _call("json_extract_scalar", node.this, path),
        exp.func("nullif", json, exp.Literal.string("null")),
    )


def _empty_unless_null(text: exp.Expr, found: exp.Expr) -> exp.Expr:
    """Where nothing is found DuckDB has the empty text, Trino null."""
    is_text = exp.Not(this=exp.Is(this=text.copy(), expression=exp.null()))
    value = exp.func("coalesce", found, exp.Literal.string(""))
    return exp.Case(ifs=[exp.If(this=is_text, true=value)])


def _pattern(pattern: exp.Expr) -> exp.Expr:
    """Java's `$` matches before a line's end as well."""
    return exp.Literal.string(re.sub(r"\$\Z", r"\\z", pattern.name))


def _joined_lists(select: exp.Select) -> exp.Select:
    """A list whose members are rows is a table to be joined."""
    for selected in select.expressions:
        if not isinstance(selected, exp.Alias) or not isinstance(selected.this, exp.Unnest | exp.Explode):
            continue
        [listed] = selected.this.expressions or [selected.this.this]
        alias = exp.TableAlias(this=exp.to_identifier("listed"), columns=[exp.to_identifier(selected.alias)])
        selected.replace(exp.column(selected.alias))
        select.append("joins", exp.Join(this=exp.Unnest(expressions=[listed], alias=alias), kind="CROSS"))
    return select


def _row(struct: exp.Struct) -> exp.Expr:
    members = [(each.this.name, each.expression) for each in struct.expressions]
    kinds = ", ".join(f"{name} {'integer' if name in _INTEGERS else 'varchar'}" for name, _ in members)
    row = exp.Anonymous(this="ROW", expressions=[value.copy() for _, value in members])
    return exp.Cast(this=row, to=exp.DataType.build(f"row({kinds})", dialect="trino"))
