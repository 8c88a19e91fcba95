"""Which sources are meant by what a user named: paths of this machine, and buckets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from trailtrace.errors import UsageError
from trailtrace.remote.access import Access
from trailtrace.remote.layout import Selection
from trailtrace.remote.place import Place, is_remote, place_of
from trailtrace.sources import SourceObject, expand

EVERYTHING = Selection()


@dataclass(slots=True)
class Found:
    """Source objects, each once, and what is in the buckets besides."""

    sources: list[SourceObject]
    notes: list[str] = field(default_factory=list)
    """What was not listed or not taken, in a sentence for each bucket."""


def find(paths: Sequence[str], selection: Selection = EVERYTHING, access: Access | None = None) -> Found:
    """All source objects at the given paths and in the given buckets, buckets cut by the selection.

    Raises TrailtraceError for what does not exist or cannot be listed, UsageError for a selection of
    local paths, MissingExtraError if buckets cannot be read here.
    """
    local = [path for path in paths if not is_remote(path)]
    places = [place_of(path) for path in paths if is_remote(path)]
    if local and replace(selection, digests=False) != EVERYTHING:
        raise UsageError(
            f"{local[0]}: only buckets are cut by account, Region and time: files are loaded whole"
        )
    found = Found(expand(local))
    for place in _apart(places):
        _add(found, place, selection, access)
    return found


def _apart(places: list[Place]) -> list[Place]:
    """Without places that lie in others: nothing is listed twice."""
    kept: list[Place] = []
    for place in sorted(set(places), key=lambda each: len(each.prefix)):
        if not any(other.holds(place) for other in kept):
            kept.append(place)
    return kept


def _add(found: Found, place: Place, selection: Selection, access: Access | None) -> None:
    from trailtrace.remote.bucket import open_bucket
    from trailtrace.remote.listing import listing

    listed = listing(open_bucket(place, access), selection)
    found.sources += listed.sources
    besides = [f"{name}/ of {_count(each, 'account')}" for name, each in sorted(listed.not_listed.items())]
    if listed.unwanted:
        besides.append(f"{_count(listed.unwanted, 'object')} of other services, accounts, Regions or times")
    if listed.empty:
        besides.append(_count(listed.empty, "empty object"))
    if besides:
        found.notes.append(f"{place.name}: not read: {', '.join(besides)}")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
