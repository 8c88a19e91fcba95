"""What ClickHouse names or defines differently from DuckDB, and sqlglot leaves as it is.

`queries/lake/engines/clickhouse.sql` sets what makes its nulls, joins and JSON texts those of other engines.
"""

from __future__ import annotations

import re

from sqlglot import exp

_MICROSECONDS = exp.DataType.build("Nullable(DateTime64(6, 'UTC'))", dialect="clickhouse")

# %-letters are MySQL's: what DuckDB calls minutes and seconds has other letters there.
_LETTERS = {"%M": "%i", "%S": "%s", "%I": "%h"}

_ONE_DIGITS = (r"(^|[T :-])([0-9])\b", r"(-)([0-9])\b", r"(-)([0-9]T)")

_OFFSET = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?[+-][0-9]{2}:?[0-9]{2}$"


def for_clickhouse(node: exp.Expr) -> exp.Expr:
    """One node of a statement, in ClickHouse's terms; what is under it has been changed before."""
    match node:
        case exp.Anonymous() if node.name.lower() == "try_strptime":
            text, formats = node.expressions
            listed = formats.expressions if isinstance(formats, exp.Array) else [formats]
            return exp.func("coalesce", *(_read_time(text, each.name) for each in listed))
        case exp.Anonymous() if node.name.lower() == "to_seconds":
            return exp.func("toIntervalSecond", *node.expressions)
        case exp.Anonymous() if node.name.lower() == "json_merge_patch":
            # Only the members without a column are put together so, and no fact reads them.
            return exp.null()
        case exp.JSONExtract() | exp.JSONExtractScalar():
            return _json_text(node)
        case exp.Chr() if int(node.expressions[0].name) > 127:
            return exp.Literal.string(chr(int(node.expressions[0].name)))
        case exp.RegexpFullMatch():
            return exp.func("match", node.this, _regex(node.expression, whole=True))
        case exp.RegexpLike():
            node.set("expression", _regex(node.expression))
        case exp.RegexpReplace():
            # Nothing here asks for one replacement alone.
            return exp.func("replaceRegexpAll", node.this, _regex(node.expression), node.args["replacement"])
        case exp.RegexpExtract():
            return exp.func("regexpExtract", node.this, _regex(node.expression), node.args["group"])
        case exp.RegexpExtractAll():
            return exp.func("extractAll", node.this, _regex(node.expression))
        case exp.SplitPart():
            parts = exp.func(
                "splitByString", node.args["delimiter"], exp.func("ifNull", node.this, exp.Literal.string(""))
            )
            return exp.func("arrayElement", parts, node.args["part_index"])
        case exp.TryCast():
            return _read_value(node)
        case exp.Cast() if node.to.this == exp.DataType.Type.TIMESTAMPNTZ:
            node.set("to", _MICROSECONDS.copy())
        case exp.Cast() if node.to.this == exp.DataType.Type.TEXT:
            return _text(node)
        case exp.LogicalOr():
            return exp.cast(exp.Max(this=node.this), "Nullable(Bool)", dialect="clickhouse")
        case exp.LogicalAnd():
            return exp.cast(exp.Min(this=node.this), "Nullable(Bool)", dialect="clickhouse")
        case exp.Select():
            node.set("expressions", [name for each in node.expressions for name in _named(each)])
        case exp.Unnest() | exp.Explode():
            [listed] = node.expressions or [node.this]
            return exp.func("arrayJoin", listed)
        case exp.Union():
            node.set("by_name", False)
        case exp.CTE():
            node.set("materialized", None)
        case exp.ArrayAgg(this=exp.Order() as ordered):
            return _sorted_list(ordered)
    return node


def _named(selected: exp.Expr) -> list[exp.Expr]:
    """ClickHouse leaves the table before the name of a column that another joined table has as well."""
    if not isinstance(selected, exp.Column) or not selected.table:
        return [selected]
    if not isinstance(selected.this, exp.Star):
        return [exp.alias_(selected, selected.name)]
    if selected.table != "events":
        return [selected]
    shared = [exp.column(name, table=selected.table) for name in _OF_RECORDS_APART]
    others = exp.Column(
        this=exp.Star(except_=[exp.to_identifier(name) for name in _OF_RECORDS_APART]),
        table=exp.to_identifier(selected.table),
    )
    return [others, *(exp.alias_(column, column.name) for column in shared)]


_OF_RECORDS_APART = ("event_time", "identity_id", "file_id", "record")
"""Columns of an event that its joined tables have, too."""


def _json_text(node: exp.JSONExtract | exp.JSONExtractScalar) -> exp.Expr:
    """A member as text: what a text says, the JSON of anything else, null if it is null or absent."""
    path = node.expression.sql(dialect="duckdb").strip("'")
    names = [exp.Literal.string(name) for name in path.removeprefix("$.").split(".")]
    kind = exp.func("JSONType", node.this.copy(), *names)
    is_null = exp.EQ(this=kind, expression=exp.Literal.string("Null"))
    value = exp.func("JSON_VALUE", node.this.copy(), exp.Literal.string(path))
    return exp.func("if", is_null, exp.null(), value)


def _read_time(text: exp.Expr, pattern: str) -> exp.Expr:
    """DuckDB's `try_strptime` with one format, in UTC: numbers may be one digit there, and are two here."""
    for one_digit in _ONE_DIGITS:
        text = _replaced(text.copy(), one_digit, r"\10\2")
    if "%z" in pattern:
        whole = exp.func("match", text.copy(), exp.Literal.string(_OFFSET))
        with_colon = _replaced(text.copy(), "([+-][0-9]{2})([0-9]{2})$", r"\1:\2")
        read = exp.func(
            "parseDateTime64BestEffortOrNull", with_colon, exp.Literal.number(6), exp.Literal.string("UTC")
        )
        return exp.func("if", whole, read, exp.null())
    known = re.sub("%[A-Za-z]", lambda letter: _LETTERS.get(letter[0], letter[0]), pattern)
    return exp.func("parseDateTime64OrNull", text, exp.Literal.string(known), exp.Literal.string("UTC"))


def _replaced(text: exp.Expr, pattern: str, with_: str) -> exp.Expr:
    return exp.func("replaceRegexpAll", text, exp.Literal.string(pattern), exp.Literal.string(with_))


def _read_value(node: exp.TryCast) -> exp.Expr:
    match node.to.this:
        case exp.DataType.Type.BIGINT:
            return exp.func("toInt64OrNull", node.this)
        case exp.DataType.Type.DOUBLE:
            return exp.func("toFloat64OrNull", node.this)
        case exp.DataType.Type.BOOLEAN:
            return exp.func("accurateCastOrNull", exp.Lower(this=node.this), exp.Literal.string("Bool"))
    return node


def _text(node: exp.Cast) -> exp.Expr:
    """DuckDB writes no zeros at the end of a time's fraction; other texts do not end so."""
    if isinstance(node.this, exp.Null):
        return node
    if not (isinstance(node.this, exp.Column) and node.this.name in _TIMES):
        return node
    pattern = exp.Literal.string("[.]?0*$")
    return exp.func("replaceRegexpOne", exp.func("toString", node.this), pattern, exp.Literal.string(""))


_TIMES = frozenset({"event_time", "creation_date"})
"""Columns of times that become part of a name."""


def _regex(pattern: exp.Expr, *, whole: bool = False) -> exp.Expr:
    """RE2 is DuckDB's as well, but here `.` would match the end of a line."""
    if not isinstance(pattern, exp.Literal):
        return pattern
    return exp.Literal.string(f"(?-s)^(?:{pattern.name})$" if whole else f"(?-s){pattern.name}")


def _sorted_list(ordered: exp.Order) -> exp.Expr:
    """A list in an order: a list of keys and values, sorted, without its keys."""
    keys: list[exp.Expr] = []
    for each in ordered.expressions:
        value = exp.Neg(this=each.this) if each.args.get("desc") else each.this
        keys += [exp.Is(this=value.copy(), expression=exp.null()), value]
    members = [
        exp.alias_(each.expression, each.this.name) if isinstance(each, exp.PropertyEQ) else each
        for each in ordered.this.expressions
    ]
    pair = exp.func("tuple", exp.func("tuple", *keys), exp.func("tuple", *members))
    one = exp.to_identifier("one")

    def part(number: int) -> exp.Expr:
        return exp.Lambda(
            this=exp.func("tupleElement", exp.column("one"), exp.Literal.number(number)), expressions=[one]
        )

    return exp.func("arrayMap", part(2), exp.func("arraySort", part(1), exp.func("groupArray", pair)))
