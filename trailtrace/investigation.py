"""What a notebook and the command line use alike: a store, and the questions it answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from trailtrace.investigate.who_did import who_did
from trailtrace.model import Answers, IngestSummary
from trailtrace.store import Store, memory_store, open_store

if TYPE_CHECKING:
    from trailtrace.ingest import Progress


class Investigation:
    """Questions to one store. Use `trailtrace.open` or `trailtrace.from_logs` to get one."""

    def __init__(self, store: Store, summary: IngestSummary | None = None) -> None:
        self._store = store
        self.summary = summary
        """What was loaded, for an investigation made by `from_logs`."""

    def __enter__(self) -> Investigation:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._store.close()

    def who_did(self, target: str, at: datetime | None = None) -> Answers:
        """Who is behind an access key, event id, session or user ARN, principal id or instance id.

        One answer for each distinct credential. `at` is a UTC time without offset. Raises
        TargetNotFoundError when the logs do not hold the target.
        """
        return who_did(self._store, target, at)


def open(path: str | Path, waiting: Callable[[], None] = lambda: None) -> Investigation:
    """Opens a store for questions, read-only. Raises StoreError when it cannot be opened."""
    return Investigation(open_store(Path(path), waiting=waiting))


def from_logs(paths: list[str], progress: Callable[[Progress], None] = lambda _: None) -> Investigation:
    """Loads logs into memory for questions; nothing is left behind."""
    # Answering from a store needs none of what reads logs: import it late.
    from trailtrace.ingest import ingest
    from trailtrace.sources import expand

    store = memory_store()
    try:
        summary = ingest(store, expand(paths), progress=progress)
    except BaseException:
        store.close()
        raise
    return Investigation(store, summary)


def load(
    path: str | Path,
    paths: list[str],
    *,
    jobs: int = 2,
    progress: Callable[[Progress], None] = lambda _: None,
    waiting: Callable[[], None] = lambda: None,
) -> IngestSummary:
    """Loads logs into the store at `path`, which is created when it is not there."""
    from trailtrace.ingest import ingest
    from trailtrace.sources import expand

    sources = expand(paths)
    with open_store(Path(path), writable=True, waiting=waiting) as store:
        return ingest(store, sources, jobs=jobs, progress=progress)
