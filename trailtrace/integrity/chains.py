"""Digests tied to each other: which are CloudTrail's own, which are missing, and what time they cover."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from trailtrace.integrity.digests import HASH_ALGORITHM, Digest, refused
from trailtrace.integrity.keys import PublicKeys
from trailtrace.integrity.names import Stream, base_name, digest_end, digest_until, stream_of
from trailtrace.verification import Chain, Integrity, Reason, Span, SpanState

MAX_RUMOURS = 8
"""Signatures of one digest that are taken from digests nobody vouches for."""

HOUR = timedelta(hours=1)

_FIRST = (
    SpanState.VERIFIED,
    SpanState.MISSING,
    SpanState.FAILED,
    SpanState.UNVERIFIED,
    SpanState.NOT_LOGGING,
)

UNVERIFIED = frozenset({Reason.NO_SIGNATURE, Reason.NO_KEY, Reason.UNKNOWN_ALGORITHM})
"""What keeps a digest from being verified without speaking against it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A digest and what it is worth; `reason` is None if CloudTrail signed it."""

    digest: Digest
    reason: Reason | None

    @property
    def integrity(self) -> Integrity:
        if self.reason is None:
            return Integrity.VERIFIED
        return Integrity.UNVERIFIED if self.reason in UNVERIFIED else Integrity.FAILED


@dataclass(frozen=True, slots=True)
class Absent:
    """A digest that should be there."""

    stream: Stream
    s3_object: str
    reason: Reason
    start: datetime
    end: datetime

    @property
    def hours(self) -> int:
        return max(1, round((self.end - self.start) / HOUR))


@dataclass(slots=True)
class Linked:
    """All chains, and what each digest in them is worth."""

    judged: list[Judged] = field(default_factory=list)
    absent: list[Absent] = field(default_factory=list)
    chains: list[Chain] = field(default_factory=list)

    def verified(self) -> Iterable[Digest]:
        return (each.digest for each in self.judged if each.reason is None)


def link(
    digests: Iterable[Digest],
    keys: PublicKeys,
    *,
    damaged: frozenset[str] = frozenset(),
    buckets: frozenset[str] = frozenset(),
    since: datetime | None = None,
    until: datetime | None = None,
) -> Linked:
    """Judges every digest and follows each chain; with `since` and `until`, it must cover that time.

    `damaged` has the names of digests that are there and cannot be read.
    """
    every = list(digests)
    chains = _chains(every, goes_on=every)
    found = Linked()
    for stream in sorted(chains):
        found.judged += _judge(sorted(chains[stream], key=_order), keys, buckets)
    unread = _ends(damaged)
    worth = {id(each.digest): each for each in found.judged}
    # Anybody can write a digest that joins two chains: only one that is verified does.
    chains = _chains(every, goes_on=found.verified())
    for stream in sorted(chains):
        judged = [worth[id(digest)] for digest in sorted(chains[stream], key=_order)]
        spans, absent, begins = _follow(stream, judged, unread.get(replace(stream, place=""), {}))
        if since is not None and not stream.backfill:
            absent += _too_late(stream, judged, begins, since)
        if until is not None and not stream.backfill:
            absent += _too_early(stream, judged, until)
        found.absent += absent
        found.chains.append(
            Chain(
                stream.account_id,
                stream.region,
                stream.trail,
                stream.home_region,
                stream.backfill,
                stream.place,
                len(judged),
                begins,
                _merged(spans),
            )
        )
    return found


def _order(digest: Digest) -> tuple[datetime, datetime, str]:
    return digest.end, digest.start, digest.source


def _chains(digests: Iterable[Digest], goes_on: Iterable[Digest]) -> dict[Stream, list[Digest]]:
    """Digests by their chain. It goes on in another place if the trail's bucket was changed.

    `goes_on` are the digests that are believed if they name one in another place as the one before.
    """
    streams: dict[Stream, list[Digest]] = defaultdict(list)
    for digest in digests:
        streams[digest.stream].append(digest)
    after = {stream: stream for stream in streams}

    def last(stream: Stream) -> Stream:
        while after[stream] != stream:
            stream = after[stream]
        return stream

    for digest in sorted(goes_on, key=lambda each: (each.stream, _order(each))):
        before = digest.previous_stream
        if before in after and last(before) != last(digest.stream):
            after[last(before)] = last(digest.stream)
    chains: dict[Stream, list[Digest]] = defaultdict(list)
    for stream, found in streams.items():
        chains[last(stream)] += found
    return chains


def _ends(damaged: Iterable[str]) -> dict[Stream, dict[str, datetime]]:
    """Until when digests go that cannot be read, by their names; of which bucket they are, nothing tells."""
    ends: dict[Stream, dict[str, datetime]] = defaultdict(dict)
    for name in damaged:
        stream, end = stream_of(name), digest_end(name)
        if stream is not None and end is not None:
            ends[stream][base_name(name)] = end
    return ends


def _judge(ordered: list[Digest], keys: PublicKeys, buckets: frozenset[str]) -> list[Judged]:
    """From the newest digest back, since each vouches for the one before it."""
    stated: dict[str, list[str]] = defaultdict(list)
    hashes: dict[str, set[str]] = defaultdict(set)
    rumoured: dict[str, list[str]] = defaultdict(list)
    for digest in ordered:
        before = digest.content.previousDigestSignature
        if digest.previous is not None and before is not None:
            rumoured[digest.previous].append(before)
    judged: list[Judged] = []
    for digest in reversed(ordered):
        name, content = digest.s3_object, digest.content
        reason = refused(digest, keys, stated[name], rumoured[name][:MAX_RUMOURS], buckets)
        elsewhere = reason in (Reason.RENAMED, Reason.OTHER_BUCKET)
        if hashes[name] and digest.content_sha256 not in hashes[name] and not elsewhere:
            reason = Reason.CHANGED
        judged.append(Judged(digest, reason))
        if reason is not None or digest.previous is None:
            continue
        if content.previousDigestSignature is not None:
            stated[digest.previous].append(content.previousDigestSignature)
        if content.previousDigestHashAlgorithm == HASH_ALGORITHM and content.previousDigestHashValue:
            hashes[digest.previous].add(content.previousDigestHashValue.lower())
    judged.reverse()
    return judged


def _follow(
    stream: Stream, judged: list[Judged], unread: dict[str, datetime]
) -> tuple[list[Span], list[Absent], bool]:
    """The time that the digests of one stream cover, those that are missing, and whether it begins here.

    `unread` has the digests that are there and cannot be read, with the times until which they go.
    """
    present = {each.digest.s3_object for each in judged if each.reason is not Reason.RENAMED}
    spans: list[Span] = []
    absent: list[Absent] = []
    covered: datetime | None = None
    begins = False
    for each in judged:
        digest, state = each.digest, SpanState(each.integrity.value)
        if covered is None:
            begins = each.reason is None and digest.previous is None
        elif each.reason is None and digest.previous is None:
            spans.append(Span(covered, max(covered, digest.start), SpanState.NOT_LOGGING))
        elif each.reason is None and digest.previous is not None and digest.previous not in present:
            missing = digest.previous
            if base_name(missing) in unread:
                missing = "" if stream.backfill else _missing_beside(digest, covered, unread)
            if missing:
                start = min(covered, digest.start)
                absent.append(Absent(stream, missing, Reason.MISSING, start, digest.start))
            state_between = SpanState.MISSING if missing else SpanState.UNVERIFIED
            spans.append(Span(covered, max(covered, digest.start), state_between))
        spans.append(Span(digest.start, digest.end, state))
        if each.integrity is not Integrity.FAILED:
            covered = digest.end if covered is None else max(covered, digest.end)
    return spans, absent, begins


def _missing_beside(digest: Digest, covered: datetime, unread: dict[str, datetime]) -> str:
    """The last digest that is missing besides those before it that cannot be read; empty if none is."""
    there = {round((digest.start - end) / HOUR) for end in unread.values()}
    hours = range(round((digest.start - covered) / HOUR))
    lacking = next((hour for hour in hours if hour not in there), None)
    return "" if lacking is None else digest_until(digest.previous or "", digest.start - lacking * HOUR)


def _too_late(stream: Stream, judged: list[Judged], begins: bool, since: datetime) -> list[Absent]:
    verified = next((each.digest for each in judged if each.reason is None), None)
    if begins or verified is None or verified.start <= since:
        return []
    if verified.previous is None or verified.previous in {each.digest.s3_object for each in judged}:
        return []
    return [Absent(stream, verified.previous, Reason.MISSING, since, verified.start)]


def _too_early(stream: Stream, judged: list[Judged], until: datetime) -> list[Absent]:
    # The digest of an hour comes when that hour is over.
    last = next((each.digest for each in reversed(judged) if each.reason is None), None)
    if last is None or last.end + HOUR > until:
        return []
    return [Absent(stream, last.s3_object, Reason.ENDS_EARLY, last.end, until)]


def _merged(spans: list[Span]) -> tuple[Span, ...]:
    """The spans without overlap: where several lie, the state that is named first in `_FIRST` counts.

    What a digest says of its own time is only to be believed if it is verified.
    """
    changes = sorted(
        change for span in spans for change in ((span.start, 1, span.state), (span.end, -1, span.state))
    )
    active = Counter[SpanState]()
    merged: list[Span] = []
    at: datetime | None = None
    for moment, step, state in changes:
        top = next((each for each in _FIRST if active[each]), None)
        if at is not None and top is not None and moment > at:
            if merged and merged[-1].state is top and merged[-1].end == at:
                merged[-1] = Span(merged[-1].start, moment, top)
            else:
                merged.append(Span(at, moment, top))
        active[state] += step
        at = moment
    return tuple(merged)
