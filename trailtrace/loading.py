"""Loads sources into a store beside its readers: only what is new, and so that they wait least."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module

from trailtrace import pruning
from trailtrace.arrivals import Loaded, arrivals
from trailtrace.errors import NothingMoreError
from trailtrace.ingest import Progress, ingest
from trailtrace.migration import migrate
from trailtrace.model import IngestSummary, together
from trailtrace.reading import fetched, portions
from trailtrace.sources import SourceObject
from trailtrace.store import Store, TooLongError
from trailtrace.writing import Writer

IN_PLACE_BYTES = 4 * 1024**2
"""Most stored bytes of logs that are loaded in place, while readers wait."""

IN_PLACE_STORE_BYTES = 2 * 1024**3
"""In a larger store no load is quick, since every event id is read: it is not tried there."""


def load_sources(
    writer: Writer,
    sources: list[SourceObject],
    *,
    jobs: int | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    noting: Callable[[Store], None] | None = None,
) -> IngestSummary:
    """Loads what the store does not hold yet; a store of an older schema is brought up to date.

    Objects of buckets are loaded a portion at a time, each kept before the next is begun: what was
    loaded of a run that ended early is known to the next one. `noting` writes what else the store must
    know of this load, with the last portion: never without it. Raises NothingMoreError if not all can be
    read; what was read is kept then.
    """
    done = Progress(0, len(sources), 0, sum(item.size for item in sources), 0)
    older, pruned, loaded = _loaded(writer)
    found = arrivals(sources, loaded, jobs, lambda seen: progress(replace(done, files=seen)))
    done = replace(done, files=len(found.known), bytes=sum(item.size for item in found.known))

    def report(part: Progress) -> None:
        progress(
            replace(
                done,
                files=done.files + part.files,
                bytes=done.bytes + part.bytes,
                records=done.records + part.records,
            )
        )

    summaries: list[IngestSummary] = []
    waiting = list(portions(found.new))
    while waiting:
        portion = waiting.pop(0)
        note = noting if not waiting else None
        # What is pruned again is a second commit: both must come at once.
        quick = not older and not pruned and _is_quick(writer, portion)
        # Readers wait while a store is written in place: not for a network or imports, too.
        at_hand = fetched(portion) if quick else portion
        if quick and portion:
            _import_all()
        try:
            with _opened(writer, older, quick, bool(portion or noting)) as store:
                added = _load(store, at_hand, jobs, report, note)
        except TooLongError:
            with writer.replaced() as store:
                added = _load(store, at_hand, jobs, report, note)
        if isinstance(added, NothingMoreError):
            raise added
        summaries.append(added)
        older = False
        done = replace(
            done,
            files=done.files + len(portion),
            bytes=done.bytes + sum(item.size for item in portion),
            records=done.records + added.read,
        )
    summary = together(summaries)
    return replace(summary, known_files=summary.known_files + found.known_files)


def _load(
    store: Store,
    sources: list[SourceObject],
    jobs: int | None,
    progress: Callable[[Progress], None],
    noting: Callable[[Store], None] | None,
) -> IngestSummary | NothingMoreError:
    """Loads a portion; or why not all can be read, to be raised once what was loaded is kept."""
    [(last_file,)] = store.run("store/last_file")
    ended: NothingMoreError | None = None
    try:
        summary = ingest(store, sources, jobs=jobs, progress=progress)
    except NothingMoreError as error:
        ended = error
    left = pruning.prune_again(store, last_file + 1, _present()) if sources else 0
    if ended is not None:
        return ended
    if noting is not None:
        noting(store)
    return replace(summary, pruned=left)


def _loaded(writer: Writer) -> tuple[bool, bool, Loaded]:
    """Whether the store has an older schema, whether it was pruned, and what is in it."""
    if not writer.exists:
        return False, False, Loaded()
    older: list[int] = []
    with writer.reading(lambda _, version: older.append(version)) as store:
        # Of a file in which a limit stopped something there may be more.
        files = [
            (uri, digest)
            for uri, digest, _, held in store.run("store/known_files")
            if held is None or not digest
        ]
        if older:
            return True, False, Loaded(files)
        [(before, _)] = store.run("prune/horizon", {"first_file_id": 0})
        objects = [(uri, etag, size, held) for uri, etag, size, held in store.run("store/known_objects")]
        return False, before is not None, Loaded(files, objects)


def _is_quick(writer: Writer, new: list[SourceObject]) -> bool:
    return sum(map(_stored_bytes, new)) <= IN_PLACE_BYTES and writer.size <= IN_PLACE_STORE_BYTES


def _import_all() -> None:
    """Imports what a load needs, which takes as long as a small load itself."""
    import pyarrow as pa

    import_module("trailtrace.provenance.touched")
    pa.array([])  # it imports pandas where that is installed


def _opened(writer: Writer, older: bool, quick: bool, changes: bool) -> AbstractContextManager[Store]:
    """The store as it keeps readers waiting least."""
    if writer.exists and not older and not changes:
        return writer.reading()
    return writer.in_place(hurry=True) if quick else writer.replaced(migrate)


def _stored_bytes(item: SourceObject) -> int:
    # Standard input has no size; it is read once, and kept, anyway.
    return len(item.read()) if item.uri == "-" else item.size


def _present() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)
