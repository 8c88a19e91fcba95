"""What several engines are told in the same words, since each defines it differently from DuckDB."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlglot import exp

TIMES_IN_NAMES = frozenset({"event_time", "creation_date"})
"""Columns of times that become part of a name."""

_SHAPES = {
    "%Y": "[0-9]{4}", "%m": "[0-9]{1,2}", "%d": "[0-9]{1,2}", "%H": "[0-9]{1,2}", "%M": "[0-9]{1,2}",
    "%S": "[0-5]?[0-9]", "%I": "[0-9]{1,2}", "%f": "[0-9]{1,6}", "%z": "[+-][0-9]{2}:?[0-9]{2}",
    "%b": "[A-Za-z]{3}", "%p": "[AaPp][Mm]",
}  # fmt: skip


def time_shape(pattern: str) -> str:
    """A regular expression for what DuckDB's `strptime` reads with a format."""
    if "%Y%m%d" in pattern:
        # Digits that follow digits are all there.
        shapes = {letter: shape.replace("{1,2}", "{2}") for letter, shape in _SHAPES.items()}
    else:
        shapes = _SHAPES
    parts = re.split("(%[A-Za-z])", pattern)
    return "^" + "".join(shapes.get(part, part.replace(".", "[.]")) for part in parts) + "$"


def read_boolean(text: exp.Expr) -> exp.Expr:
    """DuckDB's `try_cast` of a text to a boolean: what it reads, and null for anything else."""
    lower = exp.Lower(this=text)
    told = {True: ("true", "t", "yes", "y", "1"), False: ("false", "f", "no", "n", "0")}
    return exp.Case(
        ifs=[
            exp.If(
                this=exp.In(this=lower.copy(), expressions=[exp.Literal.string(word) for word in words]),
                true=exp.Boolean(this=value),
            )
            for value, words in told.items()
        ]
    )


def nulls_last(node: exp.Expr, *, least: bool) -> exp.Expr:
    """An order that says of itself where nulls are: not every engine lets it be said in words.

    `least` tells of an engine that takes nulls for less than all else where nothing is said.
    """
    for order in node.find_all(exp.Order):
        keys = []
        for each in order.expressions:
            if isinstance(each.this, exp.Column):
                is_null = exp.Is(this=each.this.copy(), expression=exp.null())
                keys.append(exp.Ordered(this=is_null, nulls_first=least))
            down = bool(each.args.get("desc"))
            keys.append(exp.Ordered(this=each.this, desc=down, nulls_first=least and not down))
        order.set("expressions", keys)
    return node


def distinct_members(node: exp.NullSafeNEQ) -> exp.Expr:
    """`is distinct from` between two lists of values, member by member."""
    pairs = zip(node.this.expressions, node.expression.expressions, strict=True)
    return exp.paren(exp.or_(*(exp.NullSafeNEQ(this=first, expression=second) for first, second in pairs)))


def grouped_by_values(select: exp.Select) -> exp.Select:
    """What rows are grouped by is told anew: names of selected values are not known there."""
    group = select.args.get("group")
    named = {each.alias: each.this for each in select.expressions if isinstance(each, exp.Alias)}
    for by in list(group.expressions) if group else []:
        if isinstance(by, exp.Column) and not by.table and by.name in named:
            by.replace(named[by.name].copy())
    return select


def with_all_names(select: exp.Query, columns: Mapping[str, list[str]]) -> None:
    """Puts the names of columns where `table.*` stands, for tables whose columns are known."""
    for star in list(select.find_all(exp.Star)):
        column = star.parent
        if not isinstance(column, exp.Column) or column.table not in columns:
            continue
        left_out = {each.name for each in star.args.get("except_") or ()}
        names = [name for name in columns[column.table] if name not in left_out]
        named = [exp.column(name, table=column.table) for name in names]
        parent = column.parent
        assert parent is not None
        parent.set(
            "expressions",
            [part for each in parent.expressions for part in (named if each is column else [each])],
        )
