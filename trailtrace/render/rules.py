"""The list of linking rules as a table or JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from trailtrace.render.style import GRADE_STYLE
from trailtrace.rules import Rule


def rules_json(rules: Sequence[Rule]) -> str:
    """A JSON list of objects with the fields of `Rule`."""
    return json.dumps([asdict(rule) for rule in rules], indent=2)


def rules_text(rules: Sequence[Rule]) -> RenderableType:
    """A row a rule; texts are folded to the width."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("rule", no_wrap=True)
    table.add_column("best", no_wrap=True)
    table.add_column("name", ratio=3)
    table.add_column("needs", ratio=5)
    table.add_column("claims", ratio=5)
    for rule in rules:
        table.add_row(
            Text(rule.id, "bold"),
            Text(str(rule.best), GRADE_STYLE[rule.best]),
            Text(rule.name),
            Text(rule.needs),
            Text(rule.claims),
        )
    return table
