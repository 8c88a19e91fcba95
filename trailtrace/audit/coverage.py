"""Which days of a window are held, of each account and Region, and what is missing."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import groupby

from trailtrace.finding import Window
from trailtrace.report import GAPS, PLACES, Coverage, Gap
from trailtrace.status import Day, Place, Status
from trailtrace.store import Store

DELIVERY = timedelta(hours=1)
"""How late CloudTrail may deliver: a window whose last hour holds nothing lacks nothing yet."""

LONGEST_CALENDAR = timedelta(days=400)

ONE_DAY = timedelta(days=1)
EMPTY_DAY_HOURS = 24


PlaceDay = tuple[str | None, str | None, date]


@dataclass(frozen=True, slots=True)
class Silence:
    """An account of which the window holds no record."""

    account_id: str | None
    last_before: datetime | None
    first_after: datetime | None

    def is_long(self, first_event: datetime, last_event: datetime) -> bool:
        """A day or more of what the store spans: an account may be quiet for some hours."""
        return (self.first_after or last_event) - (self.last_before or first_event) >= ONE_DAY

    def gap(self, span: Window) -> Gap:
        """The window as a gap."""
        state = "gap"
        if self.last_before is None or self.first_after is None:
            state = "before" if self.last_before is None else "after"
        assert span.since is not None and span.until is not None
        return Gap(self.account_id, None, span.since, span.until, state)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the window itself holds, which `status` knows by whole days only."""

    events: Mapping[PlaceDay, int]
    silences: tuple[Silence, ...]


def seen(store: Store, window: Window) -> Seen:
    """Reads it from the calls that `activity.prepare` counted."""
    places = store.records("audit/window_places")
    silences = store.records("audit/silences", {"since": window.since, "until": window.until})
    return Seen(
        {(row["account_id"], row["region"], row["day"]): row["events"] for row in places},
        tuple(Silence(**row) for row in silences),
    )


def coverage(store: Status, window: Window, seen: Seen) -> Coverage:
    """The days of the window as `status` knows those of the store, and its gaps."""
    if store.first_event is None or store.last_event is None:
        missing = _nothing_held(window)
        return Coverage(None, None, (), 0, missing, len(missing), complete=False)
    until = window.until or store.last_event + timedelta(seconds=1)
    first = (window.since or store.first_event).date()
    last = (until - timedelta(microseconds=1)).date()
    first = max(first, last - LONGEST_CALENDAR, min(store.first_event.date(), last))
    partial = _partial_days(window)
    places = tuple(_partly(_within(place, first, last), partial, seen) for place in store.places)
    edges = tuple(_edges(window, store.first_event, store.last_event))
    span = Window(
        max(window.since or store.first_event, _midnight(store.first_event.date())),
        min(until, _midnight(store.last_event.date()) + ONE_DAY),
    )
    silent = {silence.account_id: silence for silence in seen.silences}
    accounts = (
        *(
            silence.gap(span)
            for silence in silent.values()
            if silence.is_long(store.first_event, store.last_event)
        ),
        *(
            _clipped(gap, span)
            for gap in _account_gaps(places)
            if gap.account_id not in silent and _is_a_day(gap, span)
        ),
    )
    regions = tuple(_clipped(gap, span) for gap in _region_gaps(places) if _is_a_day(gap, span))
    gaps = (*edges, *accounts, *regions)
    return Coverage(
        first_day=first,
        last_day=last,
        places=places[:PLACES],
        place_count=len(places),
        gaps=gaps[:GAPS],
        gap_count=len(gaps),
        complete=not edges and not accounts,
    )


def _within(place: Place, first: date, last: date) -> Place:
    """A place with the days of the calendar, also those outside of what the store spans."""
    held = {day.day: day for day in place.days}
    start, end = place.days[0].day, place.days[-1].day
    days = tuple(held.get(day) or _silent(day, start, end) for day in _days(first, last))
    return Place(place.account_id, place.region, place.last_event, days)


def _partial_days(window: Window) -> set[date]:
    """Those of which only a part lies in the window."""
    return {end.date() for end in (window.since, window.until) if end is not None and end.time() != time()}


def _partly(place: Place, partial: set[date], seen: Seen) -> Place:
    """A place whose partial days are told as far as they lie in the window."""

    def told(day: Day) -> Day:
        if day.state != "events" or day.day not in partial:
            return day
        events = seen.events.get((place.account_id, place.region, day.day), 0)
        return replace(day, events=events, state="events" if events else "gap")

    return replace(place, days=tuple(map(told, place.days)))


def _silent(day: date, first_held: date, last_held: date) -> Day:
    state = "before" if day < first_held else "after" if day > last_held else "gap"
    return Day(day, 0, 0, EMPTY_DAY_HOURS, state)


def _days(first: date, last: date) -> Iterator[date]:
    return (first + number * ONE_DAY for number in range((last - first).days + 1))


def _nothing_held(window: Window) -> tuple[Gap, ...]:
    if window.since is None or window.until is None:
        return ()
    return (Gap(None, None, window.since, window.until, "after"),)


def _edges(window: Window, first_event: datetime, last_event: datetime) -> Iterator[Gap]:
    """What the window has before the first and after the last event of the store."""
    since, until = window.since, window.until
    if since is not None and since < first_event - DELIVERY:
        yield Gap(None, None, since, min(first_event, until or first_event), "before")
    if until is not None and until > last_event + DELIVERY:
        yield Gap(None, None, max(last_event, since or last_event), until, "after")


def _clipped(gap: Gap, span: Window) -> Gap:
    assert span.since is not None and span.until is not None
    return replace(gap, start=max(gap.start, span.since), end=min(gap.end, span.until))


def _is_a_day(gap: Gap, span: Window) -> bool:
    """Whether it holds a whole calendar day of the window; in the part of a day an account may be quiet."""
    clipped = _clipped(gap, span)
    whole = _midnight((clipped.start + ONE_DAY - timedelta(microseconds=1)).date())
    return clipped.end - whole >= ONE_DAY


def _account_gaps(places: Iterable[Place]) -> Iterator[Gap]:
    """Days on which an account has no record in any Region."""
    for account, of_account in groupby(places, key=lambda place: place.account_id):
        of_days = zip(*(place.days for place in of_account), strict=True)
        yield from _runs(account, None, [_best(days) for days in of_days])


def _best(days: tuple[Day, ...]) -> Day:
    """The day of an account, from those of its Regions: one that has records, else one between such."""
    return min(days, key=lambda day: _STATES.index(day.state))


_STATES = ("events", "pruned", "gap", "before", "after")


def _region_gaps(places: Iterable[Place]) -> Iterator[Gap]:
    """Days without a record of one Region, between days that have some, where the account has others."""
    for account, of_account in groupby(places, key=lambda place: place.account_id):
        regions = list(of_account)
        busy = [
            _best(days).state == "events" for days in zip(*(place.days for place in regions), strict=True)
        ]
        for place in regions:
            days = [
                day if is_busy and day.state == "gap" else None
                for day, is_busy in zip(place.days, busy, strict=True)
            ]
            yield from _runs(account, place.region, days)


def _runs(account: str | None, region: str | None, days: Iterable[Day | None]) -> Iterator[Gap]:
    """Consecutive days of one state without records, as one gap."""
    for state, run in groupby(days, key=lambda day: None if day is None else day.state):
        if state in (None, "events"):
            continue
        missing = [day.day for day in run if day is not None]
        yield Gap(account, region, _midnight(missing[0]), _midnight(missing[-1] + ONE_DAY), str(state))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())
