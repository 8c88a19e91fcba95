"""Snowflake's functions as its documentation defines them, written in DuckDB's SQL.

Snowflake cannot be had. What is printed for it is run with these, so that a statement that says something
else than it should shows. How Snowflake itself reads a statement is not shown by it.
"""

import re
from typing import Any, ClassVar

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.dialects.snowflake import Snowflake


class _OnlyCalls(Snowflake):
    """Snowflake's grammar without what sqlglot knows of its functions, which would be its opinion."""

    class Parser(Snowflake.Parser):  # type: ignore[valid-type,misc]  # an attribute that dialects make anew
        FUNCTIONS: ClassVar[dict[str, Any]] = {}


# A function's page is its name in the reference of SQL functions at docs.snowflake.com.
_FUNCTIONS = {
    # Strict casts: null where the value is of another type.
    "as_object(v)": "case when json_type(v) = 'OBJECT' then v end",
    "as_varchar(v)": "case when json_type(v) = 'VARCHAR' then v ->> '$' end",
    "get(v, name)": """v -> ('$."' || name || '"')""",
    "strip_null_value(v)": "case when json_type(v) <> 'NULL' then v end",
    "to_json(v)": "cast(v as varchar)",
    "try_parse_json(t)": "try_cast(t as json)",
    "object_construct_keep_null(a, b, c, d, e, f, g, h)": """
        json_object(a::varchar, b, c::varchar, d, e::varchar, f, g::varchar, h)
    """,
    "array_distinct(list)": "list_distinct(list)",
    # Patterns: null where nothing is found, 0 as a place; `regexp_like` is of the whole text.
    "regexp_like(t, p, kind)": "regexp_full_match(t, p, kind)",
    "regexp_instr(t, p, place, nth, end_of, kind)": "regexp_matches(t, p, kind)::int",
    "regexp_replace(t, p, w, place, nth, kind)": "regexp_replace(t, p, w, 'g' || kind)",
    "regexp_substr_all(t, p, place, nth, kind, number)": "regexp_extract_all(t, p, number)",
    "charindex(part, t)": "strpos(t, part)",
    "startswith(t, part)": "starts_with(t, part)",
    "substring(t, place)": "substr(t, place)",
    # Numbers: rounded to the scale, null where the text is none or it has more digits.
    "try_to_number(t, digits, scale)": """case
        when abs(try_cast(t as decimal(38, 6))) < pow(10, digits) then round(try_cast(t as decimal(38, 6)))
    end""",
    "try_to_decimal(t, digits, scale)": "cast(try_cast(t as decimal(18, 6)) as decimal(38, 6))",
    "iff(a, b, c)": "case when a then b else c end",
    "least_ignore_nulls(a, b)": "least(a, b)",
    "greatest_ignore_nulls(a, b)": "greatest(a, b)",
    "least(a, b)": "case when a is not null and b is not null then least(a, b) end",
    "greatest(a, b)": "case when a is not null and b is not null then greatest(a, b) end",
    # Times without zone.
    "date_from_parts(y, m, d)": "make_date(y::bigint, m::bigint, d::bigint)",
    "timestamp_ntz_from_parts(y, m, d, h, min, s)": "make_timestamp(y, m, d, h, min, s)",
    "dateadd(part, number, t)": """case part
        when 'day' then t::timestamp + to_days(number::int)
        when 'second' then t::timestamp + to_seconds(number::bigint)
        when 'microsecond' then t::timestamp + to_microseconds(number::bigint)
    end""",
    "to_char(t, format)": "strftime(t, '%Y-%m-%d %H:%M:%S.%f')",
}  # fmt: skip

_OVERLOADED = """
create macro sf_to_timestamp_ntz(a) as cast(a as timestamp), (a, scale) as make_timestamp(cast(a as bigint));
create macro sf_regexp_substr
    (t, p) as case when regexp_matches(t, p) then regexp_extract(t, p) end,
    (t, p, place, nth) as regexp_extract_all(t, p)[nth],
    (t, p, place, nth, kind, number) as case when regexp_matches(t, p) then regexp_extract(t, p, number) end
"""

_SAME = frozenset({
    "chr", "coalesce", "contains", "count", "day", "last_day", "lower", "max", "md5", "min", "mod", "nullif",
    "replace", "right", "round", "row_number", "rpad", "rtrim", "split_part", "substr", "sum", "trim",
})  # fmt: skip
"""Functions that DuckDB defines in the same way, for what they are given here."""

_NAMED_OTHERWISE = {"boolor_agg": "bool_or", "booland_agg": "bool_and", "array_construct": "list_value"}

_ELSEWHERE = frozenset({"flatten", "array_agg"})
"""Parts of a lateral table and of an ordered aggregate."""

_NO_PATTERN = re.compile(r"\(\?|\\[a-zA-Z]|[*+?}][?+]")
"""What Perl's patterns have and POSIX's extended ones do not."""


def with_functions() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for head, body in _FUNCTIONS.items():
        connection.execute(f"create macro sf_{head} as {body}")
    connection.execute(_OVERLOADED)
    return connection


def for_duckdb(statement: str) -> str:
    """A statement of Snowflake's that calls those functions. Fails at one that is not among them."""
    ours = {head.split("(")[0] for head in _FUNCTIONS} | {"to_timestamp_ntz", "regexp_substr"}

    def put(node: exp.Expr) -> exp.Expr:
        match node:
            case exp.Anonymous() if node.name.lower() in _NAMED_OTHERWISE:
                node.set("this", _NAMED_OTHERWISE[node.name.lower()])
            case exp.Anonymous() if node.name.lower() in ours:
                if node.name.lower().startswith("regexp"):
                    assert not _NO_PATTERN.search(node.expressions[1].name), node.expressions[1]
                if node.name.lower() == "dateadd":
                    node.expressions[0].replace(exp.Literal.string(node.expressions[0].name))
                node.set("this", f"sf_{node.name.lower()}")
            case exp.Anonymous() if node.name.lower() not in _ELSEWHERE:
                assert node.name.lower() in _SAME, node.name
            case exp.WithinGroup():
                node = exp.Anonymous(
                    this="list",
                    expressions=[
                        exp.Order(this=node.this.expressions[0], expressions=node.expression.expressions)
                    ],
                )
            case exp.Lateral():
                # Rows are values of any kind, as JSON's are.
                [given] = node.this.expressions
                row = exp.Anonymous(this="to_json", expressions=[exp.Unnest(expressions=[given.expression])])
                rows = exp.select(exp.alias_(row, "value"))
                return exp.Lateral(this=rows.subquery(), alias=node.args["alias"])
        return node

    parsed = sqlglot.parse_one(statement, read=_OnlyCalls)
    for node in list(parsed.walk(bfs=False))[::-1]:
        made = put(node)
        if made is not node:
            node.replace(made)
    return parsed.sql("duckdb")
