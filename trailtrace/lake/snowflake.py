"""What Snowflake names or defines differently from DuckDB, and sqlglot leaves as it is.

Nobody has run this in Snowflake, so what is put here is what its documentation defines: docs/lake.md names
the pages. No expression rests on the order in which an engine looks at the branches of a `case`: what cannot
be read is null by itself, and no number is larger than the function that it goes into takes.
"""

from __future__ import annotations

import re

from sqlglot import exp
from sqlglot.optimizer.qualify import qualify

from trailtrace.lake.expressions import (
    TIMES_IN_NAMES,
    distinct_members,
    grouped_by_values,
    nulls_last,
    read_boolean,
)

_SHAPES = {
    "%Y": "[12][0-9]{3}", "%m": "(0?[1-9]|1[0-2])", "%d": "(0?[1-9]|[12][0-9]|3[01])",
    "%H": "([01]?[0-9]|2[0-3])", "%I": "(0?[1-9]|1[0-2])", "%M": "[0-5]?[0-9]", "%S": "[0-5]?[0-9]",
    "%f": "[0-9]{1,6}", "%z": "[+-][0-9]{2}:?[0-9]{2}", "%b": "[A-Za-z]{3}", "%p": "[AaPp][Mm]",
}  # fmt: skip
"""What DuckDB's `strptime` reads. Years outside of these are no time of a credential."""

_PLACES = {"%m": 5, "%d": 7, "%H": 10, "%M": 12, "%S": 14}
"""Where digits are that follow digits, two each."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_LAST_MICROSECOND = 10**16
"""More than all numbers of twelve or thirteen digits that are read as times."""

_SPACES = " \t\n\f\r"
r"""RE2's `\s`."""

_GIVEN = {"record_texts": ["record_text", "day"]}
"""Columns of what is not made by the facts."""


def with_tables_named(select: exp.Query, columns: dict[str, list[str]]) -> exp.Query:
    """Says of each column whose it is.

    A selected value may have the name of a column that another one reads, and which of the two is meant there
    is not documented.
    """
    schema: dict[str, object] = {
        table: dict.fromkeys(names, "varchar") for table, names in (_GIVEN | columns).items()
    }
    named = qualify(select, dialect="duckdb", schema=schema, quote_identifiers=False, identify=False)
    assert isinstance(named, exp.Query)
    return named


def for_snowflake(node: exp.Expr) -> exp.Expr:
    """One node of a statement, in Snowflake's terms; what is under it has been changed before."""
    match node:
        case exp.Anonymous() if node.name.lower() == "try_strptime":
            text, formats = node.expressions
            listed = formats.expressions if isinstance(formats, exp.Array) else [formats]
            return _read_times(text, [each.name for each in listed])
        case exp.Anonymous() if node.name.lower() == "json_merge_patch":
            # Only the members without a column are put together so, and no fact reads them.
            return exp.null()
        case exp.Add(expression=exp.Anonymous() as seconds) if seconds.name.lower() == "to_seconds":
            return _call("dateadd", exp.var("second"), *seconds.expressions, node.this)
        case exp.UnixToTime():
            number = _call("least", _call("greatest", node.this, 0), _LAST_MICROSECOND)
            return _call("to_timestamp_ntz", number, 6)
        case exp.JSONExtract() | exp.JSONExtractScalar():
            return _json_text(node)
        case exp.RegexpFullMatch():
            # The function adds both ends to the pattern, which must hold for each of its alternatives.
            return _call("regexp_like", node.this, f"({_pattern(node.expression)})", _case(node.expression))
        case exp.RegexpLike():
            pattern, case = _pattern(node.expression), _case(node.expression)
            place = _call("regexp_instr", node.this, pattern, 1, 1, 0, case)
            return exp.paren(exp.GT(this=place, expression=exp.Literal.number(0)))
        case exp.RegexpReplace():
            pattern, case = _pattern(node.expression), _case(node.expression)
            return _call("regexp_replace", node.this, pattern, node.args["replacement"], 1, 0, case)
        case exp.RegexpExtract():
            return _empty_unless_null(node.this, _found("regexp_substr", node))
        case exp.RegexpExtractAll():
            return _found("regexp_substr_all", node)
        case exp.ArrayDistinct():
            return _call("array_distinct", node.this)
        case exp.Trim():
            node.set("expression", exp.Literal.string(" "))
        case exp.TryCast() if node.to.this == exp.DataType.Type.BOOLEAN:
            return read_boolean(node.this)
        case exp.TryCast() if node.to.this == exp.DataType.Type.BIGINT:
            return _whole_number(node.this)
        case exp.TryCast() if node.to.this == exp.DataType.Type.DOUBLE:
            # Only seconds with a fraction are read so.
            return _call("try_to_decimal", node.this, 18, 6)
        case exp.Cast() if node.to.this in (exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPNTZ):
            return _day(node.this) if isinstance(node.this, exp.Literal) else node.this
        case exp.Cast() if node.to.this == exp.DataType.Type.TEXT and node.this.name in TIMES_IN_NAMES:
            # DuckDB writes no zeros at the end of a time's fraction.
            written = _call("to_char", node.this, "YYYY-MM-DD HH24:MI:SS.FF6")
            return _call("rtrim", _call("rtrim", written, "0"), ".")
        case exp.Select():
            return _joined_lists(grouped_by_values(node))
        case exp.Struct():
            members = [part for each in node.expressions for part in (each.this.name, each.expression)]
            return _call("object_construct_keep_null", *members)
        case exp.ArrayAgg(this=exp.Order() as ordered):
            nulls_last(node, least=False)
            order = exp.Order(expressions=ordered.expressions)
            return exp.WithinGroup(this=exp.ArrayAgg(this=ordered.this), expression=order)
        case exp.Window():
            return nulls_last(node, least=False)
        case exp.NullSafeNEQ(this=exp.Tuple(), expression=exp.Tuple()):
            return distinct_members(node)
        case exp.CTE():
            node.set("materialized", None)
        case exp.Union():
            node.set("by_name", False)
    return node


def _call(name: str, *arguments: exp.Expr | str | int) -> exp.Expr:
    """A function, of expressions, texts and numbers."""
    given = [each.copy() if isinstance(each, exp.Expr) else exp.convert(each) for each in arguments]
    return exp.Anonymous(this=name.upper(), expressions=given)


def _pattern(pattern: exp.Expr) -> str:
    r"""As an extended one of POSIX: without `(?:…)` and `(?i)`; `\s` in brackets is two characters there."""
    grouped = pattern.name.removeprefix("(?i)").replace("(?:", "(")
    in_brackets = re.sub(r"(\[\^[^\]]*)\\s", lambda found: found[1] + _SPACES, grouped)
    return in_brackets.replace(r"\s", f"[{_SPACES}]")


def _case(pattern: exp.Expr) -> str:
    """Whether letters' case counts: the functions' last parameter."""
    return "i" if pattern.name.startswith("(?i)") else "c"


def _found(function: str, node: exp.RegexpExtract | exp.RegexpExtractAll) -> exp.Expr:
    """What a group has found; null where nothing was."""
    pattern = node.expression.name
    assert "(?" not in pattern, "groups would be counted otherwise"
    return _call(function, node.this, pattern, 1, 1, "e", int(node.args["group"].name))


def _read_times(text: exp.Expr, formats: list[str]) -> exp.Expr:
    """DuckDB's `try_strptime`, in UTC. Formats with the same numbers in the same order are read at once."""
    alike: dict[tuple[str, bool], list[str]] = {}
    for each in formats:
        numbers = "".join(letter for letter in re.findall("%[A-Za-z]", each) if letter != "%f")
        alike.setdefault((numbers, "%Y%m%d" in each), []).append(each)
    return exp.func("coalesce", *(_time(text, some) for some in alike.values()))


def _time(text: exp.Expr, formats: list[str]) -> exp.Expr:
    """The numbers of a text, put together: null where the text has none of the shapes, since the year is."""
    letters = [letter for letter in re.findall("%[A-Za-z]", formats[0]) if letter in "%Y%m%d%H%I%M%S"]
    together = "%Y%m%d" in formats[0]
    whole = "^(" + "|".join(_shape(each) for each in formats) + ")$"
    year = _number(_call("regexp_substr", _call("regexp_substr", text, whole), "[0-9]{4}"), 4)

    def number(letter: str) -> exp.Expr:
        if together:
            return _number(_call("substr", text, _PLACES[letter], 2), 2)
        return _number(_call("regexp_substr", text, "[0-9]+", 1, letters.index(letter) + 1), 2)

    month = _month(_call("substr", text, 1, 3)) if "%b" in formats[0] else number("%m")
    first = _call("date_from_parts", year, month, 1)
    if "%p" in formats[0]:
        afternoon = _call("iff", _call("regexp_like", text, ".*[Pp][Mm]", "c"), 12, 0)
        hours: exp.Expr = exp.paren(_sum(_call("mod", number("%I"), 12), afternoon))
    else:
        hours = number("%H")
    seconds = _sum(_times(hours, 3600), _times(number("%M"), 60), number("%S"))
    if "%z" in formats[0]:
        zone = _call("regexp_substr", text, _SHAPES["%z"] + "$")
        west = exp.EQ(this=_call("substr", zone, 1, 1), expression=exp.Literal.string("-"))
        ahead = _sum(
            _times(_number(_call("substr", zone, 2, 2), 2), 3600),
            _times(_number(_call("right", zone, 2), 2), 60),
        )
        seconds = _sum(seconds, exp.Mul(this=_call("iff", west, 1, -1), expression=exp.paren(ahead)))
    midnight = _call(
        "to_timestamp_ntz",
        _call("dateadd", exp.var("day"), _sum(number("%d"), exp.Literal.number(-1)), first),
    )
    moment = _call("dateadd", exp.var("second"), seconds, midnight)
    if any("%f" in each for each in formats):
        fraction = _call("rpad", _call("regexp_substr", text, "[.]([0-9]+)", 1, 1, "e", 1), 6, "0")
        microseconds = exp.func("coalesce", _number(fraction, 6), exp.Literal.number(0))
        moment = _call("dateadd", exp.var("microsecond"), microseconds, moment)
    last = _call("day", _call("last_day", first))
    return exp.Case(ifs=[exp.If(this=exp.LTE(this=number("%d"), expression=last), true=moment)])


def _shape(pattern: str) -> str:
    shapes = _SHAPES
    if "%Y%m%d" in pattern:
        shapes = {letter: shape.replace("?", "") for letter, shape in _SHAPES.items()}
    return re.sub("%[A-Za-z]", lambda letter: shapes[letter[0]], pattern.replace(".", "[.]"))


def _number(text: exp.Expr, digits: int) -> exp.Expr:
    """A number of at most so many digits, else null."""
    return _call("try_to_number", text, digits, 0)


def _times(number: exp.Expr, factor: int) -> exp.Expr:
    return exp.Mul(this=number, expression=exp.Literal.number(factor))


def _sum(first: exp.Expr, *others: exp.Expr) -> exp.Expr:
    for each in others:
        first = exp.Add(this=first, expression=each)
    return first


def _month(name: exp.Expr) -> exp.Expr:
    numbers = [
        exp.If(this=exp.Literal.string(month), true=exp.Literal.number(place))
        for place, month in enumerate(_MONTHS, start=1)
    ]
    return exp.Case(this=exp.Lower(this=name), ifs=numbers)


def _day(literal: exp.Literal) -> exp.Expr:
    """The midnight that a literal says: a text would be read as the session's settings say."""
    year, month, day = (int(part) for part in literal.name.split("-"))
    return _call("timestamp_ntz_from_parts", year, month, day, 0, 0, 0)


def _json_text(node: exp.JSONExtract | exp.JSONExtractScalar) -> exp.Expr:
    """A member as text: what a text says, the JSON of anything else, null if it is null or absent."""
    found = _call("try_parse_json", node.this)
    for name in node.expression.sql(dialect="duckdb").strip("'").removeprefix("$.").split("."):
        found = _call("get", _call("as_object", found), name)
    return exp.func(
        "coalesce", _call("as_varchar", found), _call("to_json", _call("strip_null_value", found))
    )


def _whole_number(text: exp.Expr) -> exp.Expr:
    """As DuckDB, which reads 3600.0 as a whole number, too, and none that needs more than 64 bits."""
    number = _call("try_to_number", text, 38, 0)
    fits = exp.Between(this=number, low=exp.Literal.number(-(2**63)), high=exp.Literal.number(2**63 - 1))
    return exp.Case(ifs=[exp.If(this=fits, true=number.copy())])


def _empty_unless_null(text: exp.Expr, found: exp.Expr) -> exp.Expr:
    """Where nothing is found DuckDB has the empty text, Snowflake null."""
    is_text = exp.Not(this=exp.Is(this=text.copy(), expression=exp.null()))
    value = exp.func("coalesce", found, exp.Literal.string(""))
    return exp.Case(ifs=[exp.If(this=is_text, true=value)])


def _joined_lists(select: exp.Select) -> exp.Select:
    """A list whose members are rows is flattened beside the table. Its nulls are empty texts on the way."""
    for selected in select.expressions:
        if not isinstance(selected, exp.Alias) or not isinstance(selected.this, exp.Unnest | exp.Explode):
            continue
        [listed] = selected.this.expressions or [selected.this.this]
        for made in list(listed.find_all(exp.Array)):
            texts = [exp.func("coalesce", each, exp.Literal.string("")) for each in made.expressions]
            made.replace(_call("array_construct", *texts))
        given = exp.Kwarg(
            this=exp.var("INPUT"), expression=exp.func("coalesce", listed, _call("array_construct"))
        )
        rows = exp.Lateral(
            this=exp.Anonymous(this="FLATTEN", expressions=[given]),
            alias=exp.TableAlias(this=exp.to_identifier("listed")),
        )
        select.append("joins", exp.Join(this=rows))
        text = _call("as_varchar", exp.column("value", table="listed"))
        selected.set("this", exp.func("nullif", text, exp.Literal.string("")))
    return select
