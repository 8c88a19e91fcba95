"""Finds the SQL files of `queries/`. Never runs one."""

from functools import cache
from pathlib import Path

from trailtrace.errors import TrailtraceError


def queries_folder() -> Path:
    """The folder of SQL files: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parent
    for folder in (package / "queries", package.parent / "queries"):
        if folder.is_dir():
            return folder
    raise TrailtraceError("queries/ is missing from this installation: install trailtrace again")


@cache
def statement(name: str) -> str:
    """The SQL text of one file, named by its path below `queries/` without `.sql`."""
    return (queries_folder() / f"{name}.sql").read_text(encoding="utf-8")
