"""Reads files in threads: the hash of the bytes as stored, and of what is in the gzip stream.

Knows digests by their look only, to keep their bytes. Never holds more than a file a thread.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256

from isal import isal_zlib

from trailtrace.gzipped import LIMITS, MAX_BYTES
from trailtrace.integrity.names import is_digest_name, is_sign_name
from trailtrace.sources import SourceObject, is_archive

MAX_DIGEST_BYTES = 64 * 1024**2
"""A digest names the log files of one hour, with some six hundred bytes each."""

TOGETHER = 50
"""Files read by one call of a thread."""

_PIECE = 8 * 1024**2
_LOOK = 4096
_MARK = b'"digestS3Object"'


@dataclass(frozen=True, slots=True)
class Measured:
    """One file, as far as its bytes tell."""

    source: str
    stored_sha256: str | None
    """None if it cannot be read."""
    content_sha256: str | None
    """Of the decompressed bytes; None if they cannot be had, or if more bytes follow them."""
    damage: str | None
    """`unreadable`, `damaged` or `trailing_bytes`."""
    digest: bytes | None
    """The content, if it looks like a digest, or is named as the signature of query results."""
    archive: bool = False
    """Whether an ingest would look into it, and load its members."""


def measure(
    sources: list[SourceObject], jobs: int | None, progress: Callable[[int, int], None]
) -> Iterator[Measured]:
    """Every source, in the given order; says how many are done, and of how many."""
    groups = [sources[start : start + TOGETHER] for start in range(0, len(sources), TOGETHER)]
    done = 0
    progress(0, len(sources))
    with ThreadPoolExecutor(jobs or _cores()) as pool:
        for found in pool.map(_measure_each, groups):
            done += len(found)
            progress(done, len(sources))
            yield from found


def _cores() -> int:
    # Reading, gunzipping and hashing leave the interpreter alone.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _measure_each(sources: list[SourceObject]) -> list[Measured]:
    return [_measure(item) for item in sources]


def _measure(item: SourceObject) -> Measured:
    try:
        if item.size > MAX_BYTES:
            raise OSError
        stored = item.read()
    except OSError:
        return Measured(item.uri, None, None, "unreadable", None)
    digest = sha256(stored).hexdigest()
    if stored[:2] != b"\x1f\x8b":
        kept = _digest_bytes(item.uri, stored, len(stored))
        return Measured(item.uri, digest, digest, None, kept, is_archive(stored))
    content = _Content(item.uri, len(stored))
    damage = content.read(stored)
    whole = None if damage else content.sha256
    return Measured(item.uri, digest, whole, damage, content.digest_bytes(), content.archive)


class _Content:
    """What is in one gzip stream, piece by piece."""

    def __init__(self, uri: str, stored_size: int) -> None:
        self._uri = uri
        self._hash = sha256()
        self._allowed = LIMITS.allowed(stored_size)
        self._size = 0
        self._kept: list[bytes] = []
        self.archive = False

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def read(self, stored: bytes) -> str | None:
        """Reads the stream to its end; returns what is wrong with it.

        CloudTrail writes one gzip member and nothing behind it, so anything there was added.
        """
        stream = isal_zlib.decompressobj(wbits=31)
        rest = stored
        while not stream.eof:
            try:
                piece = stream.decompress(rest, max_length=_PIECE)
            except isal_zlib.error:  # type: ignore[misc]  # its stub does not say it is an exception
                return "damaged"
            rest = stream.unconsumed_tail
            self._hash.update(piece)
            self._size += len(piece)
            if self._size > self._allowed or not (piece or stream.eof):
                return "damaged"
            self._keep(piece)
        return "trailing_bytes" if stream.unused_data else None

    def _keep(self, piece: bytes) -> None:
        first = self._size == len(piece)
        if first:
            self.archive = is_archive(piece)
        if first or self._kept:
            self._kept.append(piece)
        if self._size > MAX_DIGEST_BYTES or (first and _digest_bytes(self._uri, piece, len(piece)) is None):
            self._kept.clear()

    def digest_bytes(self) -> bytes | None:
        return _digest_bytes(self._uri, b"".join(self._kept), self._size) if self._kept else None


def _digest_bytes(uri: str, content: bytes, size: int) -> bytes | None:
    looks = is_digest_name(uri) or is_sign_name(uri) or _MARK in content[:_LOOK]
    return content if looks and size <= MAX_DIGEST_BYTES else None
