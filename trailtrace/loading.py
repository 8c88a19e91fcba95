"""Loads sources into a store beside its readers: only what is new, and so that they wait least."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime

from trailtrace import pruning
from trailtrace.arrivals import arrivals
from trailtrace.ingest import Progress, ingest
from trailtrace.migration import migrate
from trailtrace.model import IngestSummary
from trailtrace.sources import SourceObject
from trailtrace.store import Store
from trailtrace.writing import Writer

IN_PLACE_BYTES = 4 * 1024**2
"""Most stored bytes of logs that are loaded in place, while readers wait."""

IN_PLACE_STORE_BYTES = 256 * 1024**2
"""The largest store that is written in place: what a load takes grows with the store, too."""


def load_sources(
    writer: Writer,
    sources: list[SourceObject],
    *,
    jobs: int | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    noting: Callable[[Store], None] | None = None,
) -> IngestSummary:
    """Loads what the store does not hold yet; a store of an older schema is brought up to date.

    `noting` writes what else the store must know of this load, behind it: never without it.
    """
    total_bytes = sum(item.size for item in sources)
    older, pruned, loaded = _loaded(writer)
    found = arrivals(
        sources, loaded, jobs, lambda seen: progress(Progress(seen, len(sources), 0, total_bytes, 0))
    )
    known_bytes = sum(item.size for item in found.known)

    def report(part: Progress) -> None:
        progress(
            Progress(
                len(found.known) + part.files,
                len(sources),
                known_bytes + part.bytes,
                total_bytes,
                part.records,
            )
        )

    # What is pruned again is a second commit: both must come at once.
    with _opened(writer, older, pruned, found.new, noting is not None) as store:
        [(last_file,)] = store.run("store/last_file")
        summary = ingest(store, found.new, jobs=jobs, progress=report)
        left = pruning.prune_again(store, last_file + 1, _present()) if found.new else 0
        if noting is not None:
            noting(store)
    return replace(summary, known_files=summary.known_files + found.known_files, pruned=left)


def _loaded(writer: Writer) -> tuple[bool, bool, list[tuple[str, str]]]:
    """Whether the store has an older schema, whether it was pruned, and what files are in it."""
    if not writer.exists:
        return False, False, []
    older: list[int] = []
    with writer.reading(lambda _, version: older.append(version)) as store:
        files = [(uri, digest) for uri, digest, _ in store.run("store/known_files")]
        if older:
            return True, False, files
        [(before, _)] = store.run("prune/horizon", {"first_file_id": 0})
        return False, before is not None, files


def _opened(
    writer: Writer, older: bool, pruned: bool, new: list[SourceObject], noting: bool
) -> AbstractContextManager[Store]:
    """The store as it keeps readers waiting least."""
    if writer.exists and not older and not new and not noting:
        return writer.reading()
    quick = sum(map(_stored_bytes, new)) <= IN_PLACE_BYTES and writer.size <= IN_PLACE_STORE_BYTES
    return writer.in_place() if quick and not older and not pruned else writer.replaced(migrate)


def _stored_bytes(item: SourceObject) -> int:
    # Standard input has no size; it is read once, and kept, anyway.
    return len(item.read()) if item.uri == "-" else item.size


def _present() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)
