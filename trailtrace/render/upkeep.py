"""What was done to a store, as text and JSON."""

import json
from dataclasses import asdict

from trailtrace.model import Rebuilt
from trailtrace.render.rows import Row


def rebuilt_json(rebuilt: Rebuilt) -> str:
    """One JSON object with the fields of `Rebuilt`."""
    return json.dumps({**asdict(rebuilt), "differing": rebuilt.differing}, indent=2)


REBUILT_COLUMNS = ("table", "rows", "lacking", "surplus")


def rebuilt_rows(rebuilt: Rebuilt) -> list[Row]:
    """A row a table, for `REBUILT_COLUMNS`."""
    return [(table.name, table.rows, table.lacking, table.surplus) for table in rebuilt.tables]
