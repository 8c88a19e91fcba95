"""Keeps a store current: takes messages from a queue, loads the objects they tell of, then deletes them.

A message is deleted only after the store has all that it tells of. What cannot be read is left in the
queue and told. Killed at any moment, the next run loads the rest, and nothing twice.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event

from trailtrace.aws.clients import UnavailableError
from trailtrace.aws.notifications import Created, NoNotificationError, created
from trailtrace.aws.queue import Message, Queue, open_queue
from trailtrace.errors import TrailtraceError, extra
from trailtrace.gzipped import LIMITS, Limits
from trailtrace.loading import load_sources
from trailtrace.locking import StoppedError
from trailtrace.model import IngestSummary, together
from trailtrace.remote.access import Access
from trailtrace.remote.bucket import Bucket, NotAnsweringError, open_bucket
from trailtrace.remote.place import Place
from trailtrace.sources import SourceObject, limited
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

ALONE_TRIES = 10
"""So often are messages held and tried again alone; then others are taken, too, and twice as late again.

Each time that a message is taken brings it nearer to the dead-letter queue.
"""

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
    limits: Limits = LIMITS,
    stop: Event | None = None,
    telling: Callable[[str], None] = lambda _: None,
    waiting: Callable[[str], None] = lambda _: None,
) -> WatchSummary:
    """Keeps the store at `path` current by the messages of a queue, until `stop` is set.

    `queue` is `sqs://name` or `sqs://account/name`. With `buckets`, only their objects are loaded.
    `limits` are those of what one object may unpack to.
    `telling` gets sentences for a person, one of them every minute. Raises TrailtraceError where the
    queue cannot be read, StoreError when the store cannot be written; messages stay in the queue then.
    """
    stop = stop or Event()
    with extra("s3"):
        import obstore  # noqa: F401  # without it, every message would be set aside
    opened = open_queue(queue, profile, region)
    if not opened.has_dead_letters():
        telling(
            f"{queue} has no dead-letter queue: messages that cannot be loaded come again until they expire"
        )
    keeper = _Watch(Path(path), opened, frozenset(buckets), profile, limits, stop, telling, waiting)
    return keeper.run()


@dataclass(slots=True, eq=False)
class _Taken:
    """A message, and the objects that it tells of and the store does not have yet."""

    message: Message
    missing: list[Created]


@dataclass(slots=True)
class _Watch:
    path: Path
    queue: Queue
    allowed: frozenset[str]
    profile: str | None
    limits: Limits
    stop: Event
    telling: Callable[[str], None]
    waiting: Callable[[str], None]
    done: int = 0
    loaded: IngestSummary | None = None
    set_aside: dict[str, str] = field(default_factory=dict)
    _held: dict[str, Message] = field(default_factory=dict)
    """Messages for which S3 did not answer, by id: tried again without being taken again."""
    _tries: int = 0
    _alone_until: int = ALONE_TRIES
    _buckets: dict[tuple[str, str | None], Bucket] = field(default_factory=dict)
    _health_at: float = 0.0

    def run(self) -> WatchSummary:
        self._health_at = time.monotonic() + HEALTH_SECONDS
        # What makes every load fail is told before a message is taken.
        with suppress(StoppedError), writing(self.path, self.waiting, self.stop) as writer:
            if writer.exists:
                writer.reading(lambda *_: None).close()
        with ThreadPoolExecutor(FETCHERS) as pool:
            while not self.stop.is_set():
                try:
                    messages = self._next()
                    begun = time.monotonic()
                    self._load(pool, messages)
                    took = time.monotonic() - begun
                    self._health()
                    if took > GATHER_SECONDS:
                        self.stop.wait(took)  # a large store is not to be written all the time
                except UnavailableError as error:
                    self.telling(f"{error}: tries again in {AWAY_SECONDS:.0f} s")
                    self.stop.wait(AWAY_SECONDS)
                except StoppedError:
                    break
        aside = tuple(SetAside(*each) for each in self.set_aside.items())
        return WatchSummary(self.loaded, self.done, aside)

    def _next(self) -> list[Message]:
        """The messages that are held, or those that come."""
        if not self._held:
            self._tries, self._alone_until = 0, ALONE_TRIES
            return self._gathered()
        self._tries += 1
        others: dict[str, Message] = {}
        if self._tries >= self._alone_until:
            self._alone_until *= 2
            others = {each.id: each for each in self.queue.take(0)}
        return list((self._held | others).values())

    def _gathered(self) -> list[Message]:
        """The messages that are there, or come within a few seconds."""
        messages = {each.id: each for each in self.queue.take(POLL_SECONDS)}
        until = time.monotonic() + GATHER_SECONDS
        while messages and len(messages) < BATCH_MESSAGES and not self.stop.is_set():
            more = self.queue.take(0)
            if not more or time.monotonic() >= until:
                messages |= {each.id: each for each in more}
                break
            messages |= {each.id: each for each in more}
        return list(messages.values())

    def _load(self, pool: ThreadPoolExecutor, messages: list[Message]) -> None:
        """Loads what the messages tell of and deletes those of which the store has everything.

        Raises UnavailableError if S3 gave nothing and did not answer for some: these are held.
        """
        taken = [each for each in map(self._opened, messages) if each is not None]
        tellers: dict[Created, list[_Taken]] = defaultdict(list)
        for each in taken:
            for named in each.missing:
                tellers[named].append(each)
        self._finish([each for each in taken if not each.missing])
        found, problems = self._asked(pool, tellers, self._source)
        given = False
        for group in _groups(found):
            whole, failed = self._asked(pool, group, partial(_at_hand, group))
            problems |= failed
            if whole:
                given = True
                self._store(whole.values())
            told = {id(each): each for named in whole for each in tellers[named]}
            for each in told.values():
                each.missing = [named for named in each.missing if named not in whole]
            self._finish([each for each in told.values() if not each.missing])
        self._leave([each for each in taken if each.missing], problems, given)

    def _opened(self, message: Message) -> _Taken | None:
        try:
            return _Taken(message, list(dict.fromkeys(created(message.body))))
        except NoNotificationError as error:
            self._set_aside(message, str(error))
            return None

    def _asked(
        self, pool: ThreadPoolExecutor, objects: Iterable[Created], ask: Callable[[Created], SourceObject]
    ) -> tuple[dict[Created, SourceObject], dict[Created, OSError]]:
        """What S3 gives, and why it does not give the rest.

        Once it does not answer for one and has given none, it is not asked for the others.
        """
        found: dict[Created, SourceObject] = {}
        problems: dict[Created, OSError] = {}
        silent: list[OSError] = []

        def one(named: Created) -> None:
            if silent and not found:
                problems[named] = silent[0]
                return
            uri = Place("s3", named.bucket, "").uri(named.key)
            try:
                found[named] = ask(named)
            except (NotAnsweringError, TrailtraceError) as error:
                # A TrailtraceError is about the bucket or the credentials.
                problems[named] = NotAnsweringError(f"{uri}: {error}")
                silent.append(problems[named])
            except OSError as error:
                problems[named] = OSError(f"{uri}: {error}")

        list(pool.map(one, objects))
        return {named: found[named] for named in objects if named in found}, problems

    def _store(self, sources: Iterable[SourceObject]) -> None:
        # Two messages can tell of one object in different words.
        each_once = {source.uri: source for source in sources}
        with writing(self.path, self.waiting, self.stop) as writer:
            summary = load_sources(writer, limited(list(each_once.values()), self.limits))
        self.loaded = summary if self.loaded is None else together([self.loaded, summary])

    def _leave(self, left: list[_Taken], problems: dict[Created, OSError], given: bool) -> None:
        """Holds or sets aside messages of which the store does not have everything.

        Where S3 gives anything else, it is the fault of what it does not answer for.
        """
        self._held = {}
        silent: OSError | None = None
        for each in left:
            why = [problems[named] for named in each.missing]
            unanswered = [problem for problem in why if isinstance(problem, NotAnsweringError)]
            if unanswered and not given:
                silent = unanswered[0]
                self._held[each.message.id] = each.message
            else:
                self._set_aside(each.message, "; ".join(map(str, why)))
        if silent is not None:
            # Others first the next time: those that were asked for now may never be answered.
            held = list(self._held.items())
            self._held = dict(held[FETCHERS:] + held[:FETCHERS])
            raise UnavailableError(f"{silent}: {len(held):,} messages are held")

    def _source(self, named: Created) -> SourceObject:
        """Raises OSError if it cannot be had, TrailtraceError if nothing of its bucket can."""
        if self.allowed and named.bucket not in self.allowed:
            raise OSError("not in a bucket that --bucket names")
        return self._bucket(Place("s3", named.bucket, ""), named.region).source(named.key)

    def _bucket(self, place: Place, region: str | None) -> Bucket:
        at = (place.bucket, region)
        bucket = self._buckets.get(at)
        if bucket is None:
            if len(self._buckets) >= BUCKETS:
                self._buckets.clear()
            bucket = self._buckets[at] = open_bucket(place, Access(self.profile, region))
        return bucket

    def _set_aside(self, message: Message, why: str) -> None:
        if message.id not in self.set_aside:
            self.telling(f"message {message.id} is set aside: {why}")
            if len(self.set_aside) >= REMEMBERED:
                del self.set_aside[next(iter(self.set_aside))]
        self.set_aside[message.id] = why

    def _finish(self, taken: list[_Taken]) -> None:
        """Deletes messages of which the store has everything."""
        if taken:
            self.queue.delete([each.message for each in taken])
            self.done += len(taken)
            for each in taken:
                self.set_aside.pop(each.message.id, None)
                self._held.pop(each.message.id, None)

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


def _at_hand(sources: dict[Created, SourceObject], named: Created) -> SourceObject:
    """The same with all bytes at hand: nobody waits for the network while the store is written."""
    source = sources[named]
    stored = source.read()
    return replace(source, size=len(stored), read=lambda: stored)


def _groups(found: dict[Created, SourceObject]) -> Iterator[dict[Created, SourceObject]]:
    group: dict[Created, SourceObject] = {}
    size = 0
    for named, source in found.items():
        if group and size + source.size > BATCH_BYTES:
            yield group
            group, size = {}, 0
        group[named] = source
        size += source.size
    if group:
        yield group


def _ago(moment: datetime) -> str:
    minutes = max(0, round((datetime.now(UTC).replace(tzinfo=None) - moment).total_seconds() / 60))
    return f"{minutes:,} min ago" if minutes < 600 else f"{minutes / 1440:,.1f} days ago"
