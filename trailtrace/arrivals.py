"""Which sources hold something that a store has not loaded: asked before anything is written to it.

A file is known by its name and the hash of its bytes, never by its name or time alone; an object of a
bucket by its name, ETag and size, so that it need not be fetched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256

from trailtrace.sources import SourceObject, open_content

TOGETHER = 50
"""Sources looked at by one call of a thread."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Sources, told apart by whether a store holds all their contents."""

    new: list[SourceObject]
    known: list[SourceObject]
    known_files: int
    """Contents of the known sources: an archive has many."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a store holds."""

    files: Collection[tuple[str, str]] = ()
    """Names and hashes."""
    objects: Collection[tuple[str, str, int, int]] = ()
    """Names, ETags, sizes, and how many files they held."""


def arrivals(
    sources: list[SourceObject],
    loaded: Loaded,
    jobs: int | None,
    progress: Callable[[int], None],
) -> Arrivals:
    """Tells sources apart by what was loaded; says how many it has looked at.

    Only sources with a name that was loaded are read, and no object of a bucket.
    """
    known = _Known(loaded)
    found = Arrivals([], [], 0)
    known_files = 0
    groups = [sources[start : start + TOGETHER] for start in range(0, len(sources), TOGETHER)]
    with ThreadPoolExecutor(jobs) as pool:
        for group, counts in zip(groups, pool.map(known.files_of_each, groups), strict=True):
            for item, files in zip(group, counts, strict=True):
                (found.known if files else found.new).append(item)
                known_files += files
            progress(len(found.known) + len(found.new))
    return Arrivals(found.new, found.known, known_files)


class _Known:
    def __init__(self, loaded: Loaded) -> None:
        self._objects = {(uri, etag, size): files for uri, etag, size, files in loaded.objects}
        self._files = set(loaded.files)
        self._names = {uri for uri, _ in self._files}
        self._archives = {
            uri[: found.start()] for uri in self._names if "!" in uri for found in re.finditer("!", uri)
        }

    def files_of_each(self, sources: list[SourceObject]) -> list[int]:
        return [self._files_of(item) for item in sources]

    def _files_of(self, item: SourceObject) -> int:
        """How many known contents a source has; 0 if it has any other, or none at all."""
        if item.version is not None:
            return self._objects.get((item.uri, item.version.etag, item.version.size), 0)
        if item.uri not in self._names and item.uri not in self._archives:
            return 0
        try:
            if item.uri in self._archives:
                contents = [(content.uri, content.sha256) for content in open_content(item)]
            else:
                contents = [(item.uri, sha256(item.read()).hexdigest())]
        except OSError:
            contents = [(item.uri, "")]
        return len(contents) if self._files.issuperset(contents) else 0
