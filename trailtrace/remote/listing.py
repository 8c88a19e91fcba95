"""Lists what is wanted of a bucket: folder by folder where the layout tells folders apart, else all below."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from trailtrace.errors import TrailtraceError
from trailtrace.remote.bucket import Bucket, Listed
from trailtrace.remote.layout import Selection, Share, beginning, service_of, share, wants
from trailtrace.sources import SourceObject

LISTERS = 16
"""Folders listed at the same time."""

UNKNOWN_DEPTH = 3
"""How many folders deep a trail's layout is looked for below the given prefix."""

UNKNOWN_FOLDERS = 100
"""A folder of no layout with more folders than this is listed whole."""


@dataclass(slots=True)
class Listing:
    """What is in a bucket, as far as it is wanted."""

    named: str = ""
    """With what the name of everything here begins that says nothing of its layout."""
    sources: list[SourceObject] = field(default_factory=list)
    not_listed: Counter[str] = field(default_factory=Counter)
    """Folders of accounts that were not listed, by the name of the service that writes there."""
    passed_over: int = 0
    """Folders that were not listed, for whatever reason."""
    unwanted: int = 0
    """Objects that were listed and are of other accounts, Regions or times."""
    empty: int = 0
    """Objects without a byte: marks of folders."""

    def below(self, key: str) -> str:
        return key.removeprefix(self.named).removeprefix("/") if self.named else key


def listing(bucket: Bucket, selection: Selection) -> Listing:
    """All wanted objects at the bucket's place, each once, by name.

    Raises TrailtraceError if it cannot be listed, or if nothing at all is there.
    """
    found = Listing(named=beginning(selection, bucket.place.prefix))
    objects: dict[str, Listed] = {}
    twins: list[Listed] = []
    pool = ThreadPoolExecutor(LISTERS)
    try:
        asked = _list(bucket, selection, pool, found, objects, twins)
    finally:
        pool.shutdown(cancel_futures=True)
    if asked and not (objects or found.unwanted or found.empty or found.passed_over):
        objects[bucket.place.prefix] = _single(bucket, bucket.place.prefix)
    for key in sorted({each.key for each in twins}):
        _tell_apart(bucket, objects, twins, key)
    bucket.others = sorted(objects)
    found.sources = [bucket.source_of(objects[key]) for key in bucket.others]
    found.sources += map(bucket.unreadable, twins)
    return found


def _list(
    bucket: Bucket,
    selection: Selection,
    pool: ThreadPoolExecutor,
    found: Listing,
    objects: dict[str, Listed],
    twins: list[Listed],
) -> bool:
    """Whether anything at the place is wanted, so that something was listed."""
    apart, whole = _sorted_out(found, selection, [bucket.place.prefix], unknown_apart=True)
    asked = bool(apart or whole)
    depth = 0
    while apart:
        depth += 1
        below: list[str] = []
        for names, listed in pool.map(bucket.folder, apart):
            _take(found, objects, twins, selection, listed)
            below += names
        few = len(below) <= UNKNOWN_FOLDERS * len(apart)
        apart, leaves = _sorted_out(found, selection, below, unknown_apart=few and depth < UNKNOWN_DEPTH)
        whole += leaves
    for pages in pool.map(lambda folder: list(bucket.below(folder)), whole):
        for listed in pages:
            _take(found, objects, twins, selection, listed)
    return asked


def _sorted_out(
    found: Listing, selection: Selection, folders: list[str], *, unknown_apart: bool
) -> tuple[list[str], list[str]]:
    """The folders whose own folders must be told apart, and those of which all is listed."""
    apart: list[str] = []
    whole: list[str] = []
    for folder in folders:
        match share(selection, found.below(folder)):
            case Share.NONE:
                found.passed_over += 1
                if (service := service_of(found.below(folder))) is not None:
                    found.not_listed[service] += 1
            case Share.ALL:
                whole.append(folder)
            case Share.UNKNOWN if not unknown_apart:
                whole.append(folder)
            case _:
                apart.append(folder)
    return apart, whole


def _take(
    found: Listing,
    objects: dict[str, Listed],
    twins: list[Listed],
    selection: Selection,
    listed: list[Listed],
) -> None:
    """`twins` are those whose key another object has: without the slashes that obstore strips."""
    for each in listed:
        if not wants(selection, found.below(each.key)):
            found.unwanted += 1
        elif not each.size:
            found.empty += 1
        elif each.key in objects:
            twins.append(each)
        else:
            objects[each.key] = each


def _tell_apart(bucket: Bucket, objects: dict[str, Listed], twins: list[Listed], key: str) -> None:
    """Leaves the object under its key that has it, and the others among the twins."""
    try:
        own = bucket.listed(key)
    except OSError:  # the read says why
        return
    if own in twins:
        twins[twins.index(own)], objects[key] = objects[key], own


def _single(bucket: Bucket, key: str) -> Listed:
    """The one object that a whole key names."""
    try:
        if not key:
            raise OSError("it is empty")
        return bucket.listed(key)
    except OSError as error:
        raise TrailtraceError(
            f"{bucket.place.name}: nothing is there: check the bucket and the prefix ({error})"
        ) from None
