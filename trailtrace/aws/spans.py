"""Stretches of time, each from (included) and until (excluded): what was asked, and what was not yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A time from `start` on and before `end`, UTC."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        return self.end - self.start


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time without overlaps, in order."""
    result: list[Span] = []
    for span in sorted(each for each in spans if each.start < each.end):
        if result and span.start <= result[-1].end:
            result[-1] = Span(result[-1].start, max(result[-1].end, span.end))
        else:
            result.append(span)
    return result


def without(wanted: Span, covered: Iterable[Span]) -> list[Span]:
    """What of a span no other covers, in order."""
    result: list[Span] = []
    start = wanted.start
    for span in merged(covered):
        if span.start > start:
            result.append(Span(start, min(span.start, wanted.end)))
        start = max(start, span.end)
        if start >= wanted.end:
            break
    if start < wanted.end:
        result.append(Span(start, wanted.end))
    return [span for span in result if span.start < span.end]
