"""Reads sources ahead of SQL: bytes to documents in threads, a bounded number at a time."""

import os
import re
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace

from trailtrace.containers import unwrap
from trailtrace.documents import MixedDocument, PlainDocument
from trailtrace.gzipped import STOPPED
from trailtrace.sources import Content, SourceObject, is_side_file, open_content
from trailtrace.unwrapped import NotEvent, Rejected, Unwrapped

BATCH_BYTES = 256 * 1024**2
"""Stored bytes loaded at once."""

BATCH_TEXT = 64 * 1024**2
"""Most bytes of documents that wait for a second look: bounds memory."""

READ_AHEAD = 6
"""Groups of source objects being read while SQL works."""

GROUP_BYTES = 256 * 1024
"""Small sources are read by one call of a thread, this many stored bytes together: calls cost time, too."""

GROUP_SOURCES = 100
"""Most sources of a group."""

PORTION_BYTES = 256 * 1024**2
"""Stored bytes of objects of buckets that are loaded and kept together."""

PORTION_SOURCES = 20_000
"""Most objects of buckets that are loaded and kept together."""

FETCHERS = 32
"""Objects of buckets fetched at the same time: a network answers late."""

FETCHED_BYTES = 64 * 1024**2
"""Most bytes of objects that were fetched and wait to be read: bounds memory."""

FETCHED_SOURCES = 4096
"""Most objects that were fetched and wait to be read."""

FETCHED_ALONE_BYTES = 8 * 1024**2
"""A larger object is fetched when it is read, not ahead."""

DAMAGE = {
    "truncated_gzip": "the gzip stream ends early",
    "damaged_gzip": "the gzip stream is damaged",
    "trailing_bytes": "bytes that are not gzip stand behind the gzip stream",
    "too_many_members": "the archive has too many members",
    "unreadable_member": "the archive member cannot be read (damaged or encrypted)",
    "damaged_archive": "the archive is damaged",
}
"""Why a source could not be read to its end, but for a limit that it met."""


@dataclass(frozen=True, slots=True)
class Opened:
    """One content with what was found in it; content None only marks an empty source's end."""

    content: Content | None
    container: str
    unwrapped: list[Unwrapped]
    source: SourceObject
    last_of_source: bool

    @property
    def is_stopped(self) -> bool:
        """Whether a limit stopped it, or something in it: with a higher one there is more."""
        return any(map(_is_stop, self.unwrapped))

    @property
    def held(self) -> int:
        """How many records were found, whatever becomes of them, but for what a limit stopped."""
        return sum(
            len(item) if isinstance(item, MixedDocument | PlainDocument) else not _is_stop(item)
            for item in self.unwrapped
        )


def _is_stop(item: Unwrapped) -> bool:
    return isinstance(item, Rejected) and item.reason in STOPPED


def open_source(item: SourceObject) -> list[Opened]:
    found: list[tuple[Content, str, list[Unwrapped]]] = []
    try:
        for content in open_content(item):
            container, unwrapped = unwrap(content.data, item.limits)
            if is_side_file(content.uri):
                container, unwrapped = "digest_signature", [_beside_a_digest(unwrapped)]
            if content.damage is not None:
                detail = DAMAGE.get(content.damage) or item.limits.exceeded(content.damage)
                container = container if unwrapped else "unreadable"
                unwrapped = [*unwrapped, Rejected(0, content.damage, detail)]
            # The bytes have been turned into documents: let them go.
            found.append((_without_data(content), container, unwrapped))
    except OSError as error:
        detail = f"cannot read it: {error.strerror or error}"
        content = Content(item.uri, item.size, "", b"", "unreadable")
        found = [(content, "unreadable", [Rejected(0, "unreadable", detail)])]
    if not found:
        return [Opened(None, "", [], item, True)]
    last = len(found) - 1
    return [
        Opened(content, container, unwrapped, item, number == last)
        for number, (content, container, unwrapped) in enumerate(found)
    ]


def _beside_a_digest(unwrapped: list[Unwrapped]) -> Unwrapped:
    """What is kept beside a digest is for `verify`: nobody vouches for it, so no record comes from it."""
    if any(isinstance(item, MixedDocument | PlainDocument) for item in unwrapped):
        return Rejected(0, "beside_digest", "it lies beside a digest as its signature: no records may")
    return NotEvent(1, "digest_signature")


def _without_data(content: Content) -> Content:
    return Content(content.uri, content.size, content.sha256, b"", content.damage)


_DELIVERED = re.compile(r"_(\d{8}T\d{4})Z_")


def in_time_order(sources: list[SourceObject]) -> list[SourceObject]:
    """Sources by the delivery time that a trail writes into file names, others first as they came.

    Events then lie on disk roughly by time, and a time window finds them without a full scan.
    """

    def delivered(item: SourceObject) -> str:
        found = _DELIVERED.findall(item.uri, item.uri.rfind("/") + 1)
        return found[-1] if found else ""

    return sorted(sources, key=delivered)


def portions(sources: list[SourceObject]) -> Iterator[list[SourceObject]]:
    """Sources to be loaded and kept together, at least once; all at once unless a bucket holds them."""
    if all(item.version is None for item in sources):
        yield sources
        return
    portion: list[SourceObject] = []
    size = 0
    for item in in_time_order(sources):
        if portion and (size + item.size > PORTION_BYTES or len(portion) == PORTION_SOURCES):
            yield portion
            portion, size = [], 0
        portion.append(item)
        size += item.size
    yield portion


def readers() -> int:
    """How many files to read at a time: SQL spends twice what reading does."""
    return max(1, (os.cpu_count() or 1) // 3)


@contextmanager
def fetching(sources: list[SourceObject]) -> Iterator[ThreadPoolExecutor | None]:
    """The threads that fetch objects of buckets; None if there are none among the sources."""
    if not any(map(_is_fetched, sources)):
        yield None
        return
    pool = ThreadPoolExecutor(FETCHERS)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _is_fetched(item: SourceObject) -> bool:
    return item.version is not None and item.size <= FETCHED_ALONE_BYTES


def read_ahead(
    pool: ThreadPoolExecutor,
    sources: list[SourceObject],
    jobs: int,
    fetchers: ThreadPoolExecutor | None = None,
) -> Iterator[Opened]:
    """What is in the sources, in their order; objects of buckets are fetched ahead by `fetchers`."""
    waiting: deque[Future[list[Opened]]] = deque()
    for group in _groups(_fetched(sources, fetchers)):
        waiting.append(pool.submit(_open_group, group))
        if len(waiting) >= jobs + READ_AHEAD:
            yield from waiting.popleft().result()
    while waiting:
        yield from waiting.popleft().result()


_Readable = tuple[SourceObject, Callable[[], bytes]]
"""A source, and what gives its bytes now."""


def _fetched(sources: list[SourceObject], fetchers: ThreadPoolExecutor | None) -> Iterator[_Readable]:
    if fetchers is None:
        yield from ((item, item.read) for item in sources)
        return
    waiting: deque[_Readable] = deque()
    size = 0
    for item in sources:
        ahead = _is_fetched(item)
        waiting.append((item, fetchers.submit(item.read).result if ahead else item.read))
        size += item.size * ahead
        while size > FETCHED_BYTES or len(waiting) > FETCHED_SOURCES:
            first, read = waiting.popleft()
            size -= first.size * _is_fetched(first)
            yield first, read
    yield from waiting


def fetched(sources: list[SourceObject]) -> list[SourceObject]:
    """The same sources; objects of buckets were fetched and are held in memory. For a few small ones."""
    with fetching(sources) as fetchers:
        if fetchers is None:
            return sources
        gets = [fetchers.submit(item.read) if _is_fetched(item) else None for item in sources]
        wait([get for get in gets if get is not None])
    return [
        item if get is None else replace(item, read=get.result)
        for item, get in zip(sources, gets, strict=True)
    ]


def _open_group(group: list[_Readable]) -> list[Opened]:
    return [
        # The source itself stays, not what holds the bytes that were fetched.
        replace(opened, source=item)
        for item, read in group
        for opened in open_source(replace(item, read=read))
    ]


def _groups(sources: Iterator[_Readable]) -> Iterator[list[_Readable]]:
    group: list[_Readable] = []
    size = 0
    for item, read in sources:
        if group and (size + item.size > GROUP_BYTES or len(group) == GROUP_SOURCES):
            yield group
            group, size = [], 0
        group.append((item, read))
        size += item.size
    if group:
        yield group


def batches(contents: Iterator[Opened]) -> Iterator[Iterator[Opened]]:
    """Consecutive runs of about BATCH_BYTES; each must be read to its end before the next."""
    exhausted = False

    def run() -> Iterator[Opened]:
        nonlocal exhausted
        size = text = 0
        while size < BATCH_BYTES and text < BATCH_TEXT:
            opened = next(contents, None)
            if opened is None:
                exhausted = True
                return
            size += opened.content.size if opened.content else 0
            text += sum(len(item.text) for item in opened.unwrapped if isinstance(item, MixedDocument))
            yield opened

    while not exhausted:
        yield run()
