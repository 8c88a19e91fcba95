"""What is done to a store as a whole: open it for writing, change it, say what changed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from trailtrace import rebuilding
from trailtrace.errors import StoreError
from trailtrace.migration import migrate
from trailtrace.model import Rebuilt
from trailtrace.store import Store, open_store


def rebuild(path: str | Path, *, waiting: Callable[[], None] = lambda: None) -> Rebuilt:
    """Derives everything in the store at `path` again; a store of an older schema is brought up to date.

    Raises StoreError when it cannot be opened for writing.
    """
    older: list[int] = []

    def bring_up_to_date(store: Store, version: int) -> None:
        older.append(version)
        migrate(store, version)

    with open_store(_existing(path), writable=True, waiting=waiting, migrate=bring_up_to_date) as store:
        return replace(rebuilding.rebuild(store), upgraded_from=older[0] if older else None)


def _existing(path: str | Path) -> Path:
    path = Path(path)
    if not path.is_file():
        raise StoreError(f"{path}: no store here: load logs with `trailtrace ingest PATH --store {path}`")
    return path
