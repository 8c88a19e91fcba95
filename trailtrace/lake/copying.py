"""Copies a lake into a bucket: what it lacks there, and then the manifest, so that it appears at once.

Who asks the bucket meanwhile is answered from the build that was there. An object is never written anew
under a name that a manifest in the bucket has named.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from trailtrace.errors import StoreError, UsageError
from trailtrace.lake.manifest import NAME, TABLES, read_manifest
from trailtrace.lake.remote import RemoteLake
from trailtrace.locking import write_lock
from trailtrace.model import LakeCopied
from trailtrace.remote.access import Access
from trailtrace.remote.place import url_of

SENT_TOGETHER = 8
"""Files that are sent at the same time."""

_OWN = re.compile(rf"(?:{'|'.join(TABLES)})/build=\d{{6}}/.+")
"""Names that builds give."""

Told = Callable[[str], None]


def copy_lake(
    lake: str | Path, to: str, access: Access | None = None, told: Told = lambda _: None
) -> LakeCopied:
    """Brings the copy of a lake at `to`, `s3://bucket/prefix`, up to date.

    What neither this build nor the one that was there has is removed from the bucket. Raises UsageError where
    `to` is no bucket, StoreError where the lake cannot be read, another one or a later build is there, or
    the bucket cannot be written: what was there counts then.
    """
    lake = Path(lake)
    url = url_of(to)
    if url is None:
        raise UsageError(
            f"{to}: not a bucket: write it as s3://bucket/prefix; a folder is copied by your own tools"
        )
    manifest = read_manifest(lake)
    target = RemoteLake(url, access)
    copy = _Copy(target)
    with write_lock(lake / "build", told):
        before = target.found()
        if before is not None and (before.id != manifest.id or not manifest.id):
            raise StoreError(f"{target.name}: another lake is there: choose another place")
        if before is not None and before.build > manifest.build:
            raise StoreError(
                f"{target.name}: a later build is there: copy that lake, or choose another place"
            )
        here, there = set(manifest.names()), set() if before is None else set(before.names())
        lacking = sorted(here - there)
        told(f"{len(lacking):,} files to copy, {len(here) - len(lacking):,} are there")
        size = copy.send(lake, lacking)
        copy.put(NAME, (lake / NAME).read_bytes())
        removed = copy.remove_others(here | there)
    return LakeCopied(target.name, len(lacking), size, len(here) - len(lacking), removed)


class _Copy:
    """A lake in a bucket, as it is written, by the names of its files."""

    def __init__(self, lake: RemoteLake) -> None:
        self._bucket = lake.bucket
        self._prefix = lake.prefix

    def send(self, lake: Path, names: list[str]) -> int:
        """Copies files; returns their bytes."""
        with ThreadPoolExecutor(SENT_TOGETHER) as pool:
            try:
                return sum(pool.map(lambda name: self.put(name, lake / name), names))
            finally:
                pool.shutdown(cancel_futures=True)

    def put(self, name: str, data: bytes | Path) -> int:
        """Writes one object; returns its bytes."""
        key = self._prefix + name
        try:
            self._bucket.put(key, data)
            return len(data) if isinstance(data, bytes) else data.stat().st_size
        except OSError as error:
            raise StoreError(
                f"{self._bucket.place.uri(key)}: cannot be written: {error.strerror or error}:"
                " what was there counts: run it again"
            ) from None

    def remove_others(self, names: set[str]) -> int:
        """Removes what builds have left there that has none of these names; returns how many those were."""
        others = [
            item.key
            for page in self._bucket.below(self._prefix)
            for item in page
            if (name := item.key.removeprefix(self._prefix)) not in names and _OWN.fullmatch(name)
        ]
        try:
            self._bucket.remove(others)
        except OSError as error:
            raise StoreError(
                f"{self._bucket.place.name}: the lake is copied, but earlier files are still there: {error}"
            ) from None
        return len(others)
