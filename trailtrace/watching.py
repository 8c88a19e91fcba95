"""Keeps a store current: takes messages from a queue, loads the objects they tell of, then deletes them.

A message is deleted only after the store has what it tells of. What cannot be read is left in the queue
and told. Killed at any moment, the next run loads the rest, and nothing twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from trailtrace.aws.clients import UnavailableError
from trailtrace.aws.notifications import Created, NoNotificationError, created
from trailtrace.aws.queue import Message, Queue, open_queue
from trailtrace.errors import TrailtraceError, extra
from trailtrace.loading import load_sources
from trailtrace.model import IngestSummary, together
from trailtrace.remote.access import Access
from trailtrace.remote.bucket import Bucket, open_bucket
from trailtrace.remote.place import Place
from trailtrace.sources import SourceObject
from trailtrace.writing import writing

POLL_SECONDS = 5
"""How long a request waits for the first message: also how long stopping takes when nothing comes."""

GATHER_SECONDS = 2.0
"""How long further messages are gathered before they are loaded together."""

BATCH_MESSAGES = 500
"""Most messages loaded together."""

BATCH_BYTES = 64 * 1024**2
"""Most bytes of objects held at once, but for one that is larger."""

FETCHERS = 16
"""Objects fetched at the same time."""

BUCKETS = 100
"""Most buckets kept open."""

AWAY_SECONDS = 30.0
"""How long to wait when AWS does not answer."""

HEALTH_SECONDS = 60.0
"""How often it says how it is."""

REMEMBERED = 10_000
"""Most messages set aside that are remembered."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """A message that was not deleted, since what it tells of could not be loaded."""

    message_id: str
    why: str


@dataclass(frozen=True, slots=True)
class WatchSummary:
    """What a watch did."""

    loaded: IngestSummary | None
    """None: nothing was loaded."""
    messages: int
    """Messages that were deleted: all they told of is in the store."""
    set_aside: tuple[SetAside, ...]
    """Messages that are still in the queue, or that its dead-letter queue has by now."""


def watch(
    path: str | Path,
    queue: str,
    *,
    buckets: Sequence[str] = (),
    profile: str | None = None,
    region: str | None = None,
    stop: Event | None = None,
    telling: Callable[[str], None] = lambda _: None,
    waiting: Callable[[str], None] = lambda _: None,
) -> WatchSummary:
    """Keeps the store at `path` current by the messages of a queue, until `stop` is set.

    `queue` is `sqs://name` or `sqs://account/name`. With `buckets`, only their objects are loaded.
    `telling` gets sentences for a person, one of them every minute. Raises TrailtraceError where the
    queue cannot be read, StoreError when the store cannot be written; messages stay in the queue then.
    """
    with extra("s3"):
        import obstore  # noqa: F401  # without it, every message would be set aside
    opened = open_queue(queue, profile, region)
    if not opened.has_dead_letters():
        telling(
            f"{queue} has no dead-letter queue: messages that cannot be loaded come again until they expire"
        )
    keeper = _Watch(Path(path), opened, frozenset(buckets), profile, telling, waiting)
    return keeper.run(stop or Event())


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A message and the objects that it tells of."""

    message: Message
    sources: tuple[SourceObject, ...]

    @property
    def size(self) -> int:
        return sum(source.size for source in self.sources)


@dataclass(slots=True)
class _Watch:
    path: Path
    queue: Queue
    allowed: frozenset[str]
    profile: str | None
    telling: Callable[[str], None]
    waiting: Callable[[str], None]
    done: int = 0
    loaded: IngestSummary | None = None
    set_aside: dict[str, str] = field(default_factory=dict)
    _buckets: dict[tuple[str, str | None], Bucket] = field(default_factory=dict)
    _health_at: float = 0.0

    def run(self, stop: Event) -> WatchSummary:
        self._health_at = time.monotonic() + HEALTH_SECONDS
        with ThreadPoolExecutor(FETCHERS) as pool:
            while not stop.is_set():
                try:
                    messages = self._gathered(stop)
                    begun = time.monotonic()
                    self._load(pool, messages)
                    took = time.monotonic() - begun
                    self._health()
                    if took > GATHER_SECONDS:
                        stop.wait(took)  # a large store is not to be written all the time
                except UnavailableError as error:
                    self.telling(f"{error}: tries again in {AWAY_SECONDS:.0f} s")
                    stop.wait(AWAY_SECONDS)
        aside = tuple(SetAside(*each) for each in self.set_aside.items())
        return WatchSummary(self.loaded, self.done, aside)

    def _gathered(self, stop: Event) -> list[Message]:
        """The messages that are there, or come within a few seconds."""
        messages = {each.id: each for each in self.queue.take(POLL_SECONDS)}
        until = time.monotonic() + GATHER_SECONDS
        while messages and len(messages) < BATCH_MESSAGES and not stop.is_set():
            more = self.queue.take(0)
            if not more or time.monotonic() >= until:
                messages |= {each.id: each for each in more}
                break
            messages |= {each.id: each for each in more}
        return list(messages.values())

    def _load(self, pool: ThreadPoolExecutor, messages: list[Message]) -> None:
        """Loads what the messages tell of and deletes those of which the store has everything."""
        found = [each for each in pool.map(self._wanted, messages) if each is not None]
        self._finish([each.message for each in found if not each.sources])
        for group in _groups([each for each in found if each.sources]):
            whole = [each for each in pool.map(self._fetched, group) if each is not None]
            # Two messages can tell of one object.
            sources = {source.uri: source for each in whole for source in each.sources}
            if sources:
                with writing(self.path, self.waiting) as writer:
                    summary = load_sources(writer, list(sources.values()))
                self.loaded = summary if self.loaded is None else together([self.loaded, summary])
            self._finish([each.message for each in whole])

    def _wanted(self, message: Message) -> _Wanted | None:
        try:
            objects = created(message.body)
            return _Wanted(message, tuple(self._source(each) for each in dict.fromkeys(objects)))
        except (NoNotificationError, OSError, TrailtraceError) as error:
            self._set_aside(message, str(error))
            return None

    def _source(self, named: Created) -> SourceObject:
        """Raises OSError or TrailtraceError if it cannot be had."""
        place = Place("s3", named.bucket, "")
        if self.allowed and named.bucket not in self.allowed:
            raise NoNotificationError(f"{place.uri(named.key)}: not in a bucket that --bucket names")
        try:
            return self._bucket(place, named.region).source(named.key)
        except OSError as error:
            raise OSError(f"{place.uri(named.key)}: {error}") from None

    def _bucket(self, place: Place, region: str | None) -> Bucket:
        at = (place.bucket, region)
        bucket = self._buckets.get(at)
        if bucket is None:
            if len(self._buckets) >= BUCKETS:
                self._buckets.clear()
            bucket = self._buckets[at] = open_bucket(place, Access(self.profile, region))
        return bucket

    def _fetched(self, wanted: _Wanted) -> _Wanted | None:
        """The same with all bytes at hand: nobody waits for the network while the store is written."""
        try:
            return replace(wanted, sources=tuple(_at_hand(source) for source in wanted.sources))
        except (OSError, TrailtraceError) as error:
            self._set_aside(wanted.message, str(error))
            return None

    def _set_aside(self, message: Message, why: str) -> None:
        if message.id not in self.set_aside:
            self.telling(f"message {message.id} is set aside: {why}")
            if len(self.set_aside) >= REMEMBERED:
                del self.set_aside[next(iter(self.set_aside))]
        self.set_aside[message.id] = why

    def _finish(self, messages: list[Message]) -> None:
        """Deletes messages of which the store has everything."""
        if messages:
            self.queue.delete(messages)
            self.done += len(messages)
            for each in messages:
                self.set_aside.pop(each.id, None)

    def _health(self) -> None:
        if time.monotonic() < self._health_at:
            return
        self._health_at = time.monotonic() + HEALTH_SECONDS
        loaded = self.loaded
        files, kept, newest = (0, 0, "no event yet")
        if loaded is not None:
            files, kept = loaded.files, loaded.kept
            if loaded.last_event is not None:
                newest = f"newest event {_ago(loaded.last_event)}"
        self.telling(
            f"watching: {self.done:,} messages done, {len(self.set_aside):,} set aside,"
            f" {self.queue.waiting():,} waiting; {files:,} files with {kept:,} events; {newest}"
        )


def _at_hand(source: SourceObject) -> SourceObject:
    stored = source.read()
    return replace(source, size=len(stored), read=lambda: stored)


def _groups(wanted: list[_Wanted]) -> Iterator[list[_Wanted]]:
    group: list[_Wanted] = []
    size = 0
    for each in wanted:
        if group and size + each.size > BATCH_BYTES:
            yield group
            group, size = [], 0
        group.append(each)
        size += each.size
    if group:
        yield group


def _ago(moment: datetime) -> str:
    minutes = max(0, round((datetime.now(UTC).replace(tzinfo=None) - moment).total_seconds() / 60))
    return f"{minutes:,} min ago" if minutes < 600 else f"{minutes / 1440:,.1f} days ago"
