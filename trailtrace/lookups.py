"""The LookupEvents API into a store: accounts and Regions side by side, in commits, to be taken up again.

Pages are sources, loaded like files. What was told in full is noted with them, so that a run which was
cut short, and any later one, asks only for the rest.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Empty, Queue
from threading import Event, Thread

from trailtrace.aws.clients import Account, account
from trailtrace.aws.lookup_events import KEPT, PER_SECOND, Lookup, Page
from trailtrace.aws.pace import Pace
from trailtrace.aws.spans import Span, merged, without
from trailtrace.errors import TrailtraceError, UsageError
from trailtrace.loading import load_sources
from trailtrace.model import IngestSummary, together
from trailtrace.remote.layout import without_global_region
from trailtrace.sources import SourceObject
from trailtrace.store import Store, open_store
from trailtrace.writing import writing

LATE = timedelta(hours=1)
"""The last stretch before a run is asked for again by the next one: most events come within minutes (T02)."""

COMMIT_SECONDS = 60.0
"""Pages wait so long to be loaded."""

COMMIT_TIMES = 10
"""Or so many times as long as the last commit took: a large store takes its time."""

COMMIT_BYTES = 64 * 1024**2
"""Most bytes of pages that wait."""

AT_ONCE = 64
"""Most lookups that run side by side; the pace of each account holds for all of its own."""

PAGES_AHEAD = 64
"""Most pages that wait while the store is written."""

Place = tuple[str, str]
"""Account id and Region."""


@dataclass(frozen=True, slots=True)
class LookupProgress:
    """How far a run is."""

    lookups: int
    """Accounts times Regions."""
    done: int
    events: int
    share: float
    """Of the time that was to be asked for, from 0 to 1."""
    seconds_left: float | None
    """None: nothing to tell it by yet."""


@dataclass(frozen=True, slots=True)
class LookupSummary:
    """What a run did."""

    loaded: IngestSummary
    requests: int
    """Pages that AWS gave."""
    failed: tuple[str, ...]
    """Why an account and Region could not be asked to its end, a sentence each."""


@dataclass(slots=True)
class _Task:
    lookup: Lookup
    gaps: list[Span]
    """Newest first."""
    wanted: timedelta = timedelta()
    told: timedelta = timedelta()
    begun: float | None = None
    finished: bool = False

    @property
    def place(self) -> Place:
        return self.lookup.account_id, self.lookup.region


@dataclass(frozen=True, slots=True)
class _Told:
    """What a thread hands over: a page of a gap, or why or that there is no more."""

    task: _Task
    gap: Span | None = None
    page: Page | None = None
    failure: BaseException | None = None


def lookup_events(
    path: str | Path,
    *,
    profiles: Sequence[str] = (),
    regions: Sequence[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    now: datetime | None = None,
    progress: Callable[[LookupProgress], None] = lambda _: None,
    telling: Callable[[str], None] = lambda _: None,
    waiting: Callable[[str], None] = lambda _: None,
) -> LookupSummary:
    """Loads what LookupEvents tells into the store at `path`, which is created when it is not there.

    Of the accounts of these profiles (none: of the environment's credentials), in these Regions (none: all
    that are enabled there), from `since` until `until` (UTC), at most the 90 days before `now`. What an
    earlier run was told is not asked for again, but for the hour before that run. `telling` gets
    sentences for a person. Raises TrailtraceError where no account can be asked, StoreError when the
    store cannot be written.
    """
    now = (now or datetime.now(UTC).replace(tzinfo=None)).replace(microsecond=0)
    wanted = _wanted(since, until, now, telling)
    covered = _covered(Path(path), waiting)
    failed: list[TrailtraceError] = []
    tasks = []
    for each in _accounts(profiles, failed, telling):
        pace = Pace(PER_SECOND)
        try:
            names = list(dict.fromkeys(regions)) or each.regions()
        except TrailtraceError as error:
            failed.append(error)
            continue
        for region in names:
            try:
                tasks.append(_task(Lookup(each, region, pace), wanted, covered))
            except TrailtraceError as error:
                failed.append(error)
    if not tasks and failed:
        for other in failed[1:]:
            telling(str(other))
        raise failed[0]
    _tell(tasks, wanted, regions, telling)
    run = _Run(Path(path), tasks, min(wanted.end, now - LATE), progress, waiting)
    run.failed += map(str, failed)
    return run.run()


def _wanted(
    since: datetime | None, until: datetime | None, now: datetime, telling: Callable[[str], None]
) -> Span:
    first = now - KEPT
    start, end = max(since or first, first), min(until or now, now)
    if start >= end:
        raise UsageError(
            f"no time to look up: LookupEvents reaches from {_said(first)} to now, and --since must be before"
            " --until"
        )
    if since is not None and since < first:
        telling(
            f"LookupEvents reaches back 90 days only: asks from {_said(first)}, not {_said(since)}; what is"
            " older, only a trail's bucket has"
        )
    return Span(start.replace(microsecond=0), end.replace(microsecond=0))


def _accounts(
    profiles: Sequence[str], failed: list[TrailtraceError], telling: Callable[[str], None]
) -> list[Account]:
    """Those of the profiles that can sign in; why others cannot is added to `failed`."""
    found: dict[str, Account] = {}
    for profile in dict.fromkeys(profiles) or [None]:
        try:
            one = account(profile)
        except TrailtraceError as error:
            failed.append(error)
            continue
        if one.account_id in found:
            telling(f"profile {profile} is in account {one.account_id} too: asked once")
        found.setdefault(one.account_id, one)
    return list(found.values())


def _task(lookup: Lookup, wanted: Span, covered: dict[Place, list[Span]]) -> _Task:
    gaps = without(wanted, covered.get((lookup.account_id, lookup.region), []))[::-1]
    return _Task(lookup, gaps, sum((gap.length for gap in gaps), timedelta()))


def _tell(tasks: list[_Task], wanted: Span, regions: Sequence[str], telling: Callable[[str], None]) -> None:
    accounts = {task.lookup.account_id for task in tasks}
    names = sorted({task.lookup.region for task in tasks})
    telling(
        f"asks {len(accounts)} account{'s' * (len(accounts) > 1)} in {len(names)} Region"
        f"{'s' * (len(names) > 1)} for management events from {_said(wanted.start)} to {_said(wanted.end)}:"
        " LookupEvents keeps 90 days, and has no data events"
    )
    if (lacking := without_global_region(regions)) is not None:
        telling(lacking)
    known = [task for task in tasks if task.wanted < wanted.length]
    if known:
        left = sum((task.wanted for task in tasks), timedelta()) / (wanted.length * len(tasks))
        telling(
            f"earlier runs were told {1 - left:.0%} of it: asks for the rest, and for the hour before them"
        )


def _covered(path: Path, waiting: Callable[[str], None]) -> dict[Place, list[Span]]:
    """What earlier runs were told, by account and Region."""
    if not path.exists():
        return {}
    older: list[int] = []
    with open_store(path, waiting=waiting, migrate=lambda _, version: older.append(version)) as store:
        return {} if older else _spans(store)


def _spans(store: Store) -> dict[Place, list[Span]]:
    found: dict[Place, list[Span]] = defaultdict(list)
    for account_id, region, start, end in store.run("store/lookups"):
        found[account_id, region].append(Span(start, end))
    return found


@dataclass(slots=True)
class _Batch:
    """What was told since the last commit. The pages of a span are always with it."""

    pages: list[SourceObject] = field(default_factory=list)
    spans: dict[Place, list[Span]] = field(default_factory=lambda: defaultdict(list))


@dataclass(slots=True)
class _Run:
    """All lookups of one run, and the one thread that writes the store."""

    path: Path
    tasks: list[_Task]
    settled: datetime
    """Later events may still come: what is after it is never noted as told."""
    progress: Callable[[LookupProgress], None]
    waiting: Callable[[str], None]
    requests: int = 0
    events: int = 0
    failed: list[str] = field(default_factory=list)
    """Why an account, or one of its Regions, could not be asked to its end."""
    _told: Queue[_Told] = field(default_factory=lambda: Queue(PAGES_AHEAD))
    _stop: Event = field(default_factory=Event)
    _batch: _Batch = field(default_factory=_Batch)
    _summary: IngestSummary | None = None
    _commit_at: float = 0.0

    def run(self) -> LookupSummary:
        self._commit_at = time.monotonic() + COMMIT_SECONDS
        waiting: Queue[_Task] = Queue()
        for task in self.tasks:
            waiting.put(task)
        try:
            for _ in range(min(AT_ONCE, len(self.tasks))):
                # A daemon: an answer that does not come must not keep the program from ending.
                Thread(target=self._work, args=(waiting,), daemon=True).start()
            self._collect()
            self._commit()
        except KeyboardInterrupt:
            self._commit()  # what was told took its time
            raise
        finally:
            self._stop.set()
        assert self._summary is not None
        return LookupSummary(self._summary, self.requests, tuple(self.failed))

    def _work(self, waiting: Queue[_Task]) -> None:
        while True:
            try:
                task = waiting.get_nowait()
            except Empty:
                return
            try:
                for gap in task.gaps:
                    for page in task.lookup.pages(gap):
                        self._told.put(_Told(task, gap, page))
                        if self._stop.is_set():
                            return
                self._told.put(_Told(task))
            except BaseException as error:  # the thread that writes must hear of it
                self._told.put(_Told(task, failure=error))

    def _collect(self) -> None:
        while not all(task.finished for task in self.tasks):
            self._take(self._told.get())
            waiting = sum(page.size for page in self._batch.pages)
            if time.monotonic() >= self._commit_at or waiting >= COMMIT_BYTES:
                self._commit()

    def _take(self, told: _Told) -> None:
        task = told.task
        task.begun = task.begun or time.monotonic()
        if isinstance(told.failure, TrailtraceError):
            self.failed.append(str(told.failure))
        elif told.failure is not None:
            raise told.failure
        if told.page is None or told.gap is None:
            task.finished = True
        else:
            self.requests += 1
            self.events += told.page.events
            if told.page.source is not None:
                self._batch.pages.append(told.page.source)
            if told.page.done is not None:
                self._batch.spans[task.place].append(told.page.done)
                before = task.gaps[: task.gaps.index(told.gap)]
                task.told = sum((gap.length for gap in before), told.page.done.length)
        self.progress(self._so_far())

    def _so_far(self) -> LookupProgress:
        wanted = sum((task.wanted for task in self.tasks), timedelta())
        told = sum((task.wanted if task.finished else task.told for task in self.tasks), timedelta())
        return LookupProgress(
            len(self.tasks),
            sum(task.finished for task in self.tasks),
            self.events,
            told / wanted if wanted else 1.0,
            max(filter(None, map(_seconds_left, self.tasks)), default=None),
        )

    def _commit(self) -> None:
        """Loads the pages that wait, and notes what was told with them; after Ctrl-C it is done again."""
        begun = time.monotonic()
        batch = self._batch
        spans = {
            place: [Span(each.start, min(each.end, self.settled)) for each in spans]
            for place, spans in batch.spans.items()
        }
        with writing(self.path, self.waiting) as writer:
            noting = (lambda store: _note(store, spans)) if spans else None
            summary = load_sources(writer, batch.pages, noting=noting)
        self._batch = _Batch()
        self._summary = summary if self._summary is None else together([self._summary, summary])
        took = time.monotonic() - begun
        self._commit_at = time.monotonic() + max(COMMIT_SECONDS, COMMIT_TIMES * took)


def _seconds_left(task: _Task) -> float | None:
    if task.finished or task.begun is None or not task.told:
        return None
    return (time.monotonic() - task.begun) * ((task.wanted - task.told) / task.told)


def _note(store: Store, spans: dict[Place, list[Span]]) -> None:
    import pyarrow as pa

    with store.transaction():
        noted = _spans(store)
        for place, told in spans.items():
            noted[place] = [*noted[place], *told]
        rows = [
            {"account_id": place[0], "region": place[1], "from_time": span.start, "until_time": span.end}
            for place, told in noted.items()
            for span in merged(told)
        ]
        store.run("store/forget_lookups")
        if rows:
            store.fill("store/add_lookups", pa.Table.from_pylist(rows))


def _said(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
