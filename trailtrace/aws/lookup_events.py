"""The LookupEvents API: the management events of one account and Region, newest first, page by page.

AWS keeps them for 90 days, gives 50 a page, and takes two requests a second for each account and Region
(https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec

from trailtrace.aws.clients import Account, refusals
from trailtrace.aws.pace import Pace
from trailtrace.aws.spans import Span
from trailtrace.errors import TrailtraceError
from trailtrace.sources import SourceObject

SCHEME = "lookup-events://"

KEPT = timedelta(days=90)
"""How long AWS keeps events for this API."""

PER_SECOND = 1.8
"""Requests for one account, over all its Regions together.

AWS's limit, two, is for each Region; others who look up events in the account share it. A little less,
since requests can arrive closer together than they were sent.
"""

PAGE = 50
"""Events of a page, the most there can be."""

SECOND = timedelta(seconds=1)
"""The events' times have no fractions."""

ADVICE = "it needs cloudtrail:LookupEvents, see docs/lookup-events.md"


@dataclass(frozen=True, slots=True)
class Page:
    """One answer; `source` is None if it had no event."""

    source: SourceObject | None
    events: int
    done: Span | None
    """What has been told in full, from the end of the time asked for down to here; None: nothing yet."""


class Lookup:
    """One account and Region. Requests are made at the pace of the account.

    Raises TrailtraceError for a Region that is none.
    """

    def __init__(self, account: Account, region: str, pace: Pace) -> None:
        self.account_id = account.account_id
        self.region = region
        with refusals(self.name):
            self._client = account.client("cloudtrail", region)
        # Of every request that goes out, also where the client tries again by itself.
        self._client.meta.events.register("before-send.cloudtrail.LookupEvents", lambda **_: pace.wait())

    @property
    def name(self) -> str:
        return f"{SCHEME}{self.account_id}/{self.region}"

    def pages(self, span: Span) -> Iterator[Page]:
        """Every page of a span. Raises TrailtraceError where AWS refuses."""
        asked = span
        oldest = span.end
        in_order = True
        token = None
        renewed: datetime | None = None
        while True:
            with refusals(f"{self.name}", ADVICE):
                try:
                    answer = self._ask(asked, token)
                except self._client.exceptions.InvalidNextTokenException:
                    if token is None or not in_order or renewed == oldest:
                        raise
                    # The token is too old: what it stood for is asked by time.
                    asked = Span(span.start, min(span.end, oldest + SECOND))
                    token, renewed = None, oldest
                    continue
            events = answer.get("Events", [])
            times = [_time(event.get("EventTime")) for event in events]
            known = [time for time in times if time is not None]
            # AWS says that they come newest first; only then is a part of a span told in full.
            in_order = in_order and len(known) == len(times) and _falling([oldest, *known])
            oldest = min([oldest, *known])
            following = answer.get("NextToken")
            if following is not None and following == token:
                raise TrailtraceError(f"{self.name}: AWS gave the same page twice: run it again")
            token = following
            done = Span(span.start if token is None else oldest + SECOND, span.end)
            yield Page(
                self._source(events, known),
                len(events),
                done if token is None or (in_order and done.start < done.end) else None,
            )
            if token is None:
                return

    def _ask(self, span: Span, token: str | None) -> dict[str, Any]:
        asked: dict[str, Any] = {
            "StartTime": span.start.replace(tzinfo=UTC),
            "EndTime": (span.end - SECOND).replace(tzinfo=UTC),  # AWS includes it
            "MaxResults": PAGE,
        }
        if token is not None:
            asked["NextToken"] = token
        answer: dict[str, Any] = self._client.lookup_events(**asked)
        return answer

    def _source(self, events: list[dict[str, Any]], times: list[datetime]) -> SourceObject | None:
        """The page as a source: named for its newest event, so that the same page has the same name."""
        if not events:
            return None
        members = ("EventId", "CloudTrailEvent")
        data = msgspec.json.encode(
            {"Events": [{name: event[name] for name in members if name in event} for event in events]}
        )
        newest = f"{max(times):%Y-%m-%dT%H:%M:%SZ}" if times else "no-time"
        uri = f"{self.name}/{newest}/{events[0].get('EventId', 'no-id')}"
        return SourceObject(uri, len(data), lambda: data)


def _falling(times: list[datetime]) -> bool:
    return all(earlier <= later for later, earlier in pairwise(times))


def _time(value: object) -> datetime | None:
    if not isinstance(value, datetime):
        return None
    return value.astimezone(UTC).replace(tzinfo=None, microsecond=0)
