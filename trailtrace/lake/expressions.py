"""What several engines are told in the same words, since each defines it differently from DuckDB."""

from __future__ import annotations

import re

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


def nulls_last(node: exp.Expr) -> exp.Expr:
    """An order that says of itself where nulls are: not every engine lets it be said in words.

    Nulls are then as an engine has them that takes them for the least.
    """
    for order in node.find_all(exp.Order):
        keys = []
        for each in order.expressions:
            if isinstance(each.this, exp.Column):
                is_null = exp.Is(this=each.this.copy(), expression=exp.null())
                keys.append(exp.Ordered(this=is_null, nulls_first=True))
            down = bool(each.args.get("desc"))
            keys.append(exp.Ordered(this=each.this, desc=down, nulls_first=not down))
        order.set("expressions", keys)
    return node
