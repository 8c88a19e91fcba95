"""Which sources are meant by what a user named: paths of this machine, and buckets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from trailtrace.errors import UsageError
from trailtrace.remote.access import Access
from trailtrace.remote.layout import Selection, beginning, without_global_region
from trailtrace.remote.place import Place, is_remote, place_of
from trailtrace.sources import SourceObject, expand

EVERYTHING = Selection()


@dataclass(slots=True)
class Found:
    """Source objects, each once, and what is in the buckets besides."""

    sources: list[SourceObject]
    notes: list[str] = field(default_factory=list)
    """What was not listed or not taken, in sentences."""


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
    if (lacking := without_global_region(selection.regions)) is not None:
        found.notes.append(lacking)
    for place in _apart(places, selection):
        _add(found, place, selection, access)
    return found


def _apart(places: list[Place], selection: Selection) -> list[Place]:
    """Without places that are listed with others: nothing is listed twice."""

    def is_listed_with(place: Place, other: Place) -> bool:
        begin = beginning(selection, place.prefix) == beginning(selection, other.prefix)
        return begin and other.holds(place)

    kept: list[Place] = []
    for place in sorted(set(places), key=lambda each: len(each.prefix)):
        if not any(is_listed_with(place, other) for other in kept):
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
