"""Some objects of a bucket as a file system that DuckDB reads by ranges. It lists and writes nothing.

No other objects are there, whatever SQL asks for. These are taken as never changed: what was read once is
kept for a while and not asked for again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from glob import escape
from threading import Lock
from typing import Any

from trailtrace.errors import StoreError, extra
from trailtrace.remote.bucket import Bucket

with extra("s3"):
    from fsspec import AbstractFileSystem

PROTOCOL = "lake"

TAIL_BYTES = 16 * 1024
"""Of an object's end, which come with its size: what DuckDB reads first of a Parquet file."""

TOGETHER = 16
"""Ends that are fetched at the same time."""

CACHE_BYTES = 128 * 1024**2
"""Of what was read last: an answer asks the same footers and columns many times."""

_LISTED = datetime(2000, 1, 1)
"""When every object was changed last, as far as DuckDB is told: before anything was read."""


class Ranges(AbstractFileSystem):  # type: ignore[misc]
    """`lake://` and a key are an object of `bucket`; `keys` are all that are there."""

    protocol = PROTOCOL
    cachable = False

    def __init__(self, bucket: Bucket, keys: Iterable[str]) -> None:
        super().__init__()
        self._bucket = bucket
        self._paths = {path_of(key) for key in keys}
        self._patterns = {escape(path): path for path in self._paths}
        self._tails: dict[str, tuple[int, bytes]] = {}
        """Sizes and ends of objects that were opened."""
        self._read: OrderedDict[tuple[str, int, int], bytes] = OrderedDict()
        self._held = 0
        self._lock = Lock()
        self.failure: StoreError | None = None
        """What could not be read: DuckDB says it in other words."""

    def look_ahead(self, paths: Iterable[str]) -> None:
        """Fetches the ends of objects that are opened next, side by side. Raises StoreError."""
        with ThreadPoolExecutor(TOGETHER) as pool:
            list(pool.map(self._tail, paths))

    def part(self, path: str, start: int, end: int) -> bytes:
        """Bytes of an object. Raises StoreError, and keeps it."""
        size, tail = self._tail(path)
        if start >= size - len(tail):
            return tail[start - size + len(tail) : end - size + len(tail)]
        asked = (path, start, end)
        with self._lock:
            if asked in self._read:
                self._read.move_to_end(asked)
                return self._read[asked]
        key = _key(path)
        try:
            data = self._bucket.part(key, start, end)
        except OSError as error:
            raise self._failed(key, error) from None
        with self._lock:
            self._read[asked] = data
            self._held += len(data)
            while self._held > CACHE_BYTES and len(self._read) > 1:
                self._held -= len(self._read.popitem(last=False)[1])
        return data

    def open(self, path: str, mode: str = "rb", **_: Any) -> _Object:
        """An object, at its beginning."""
        if mode != "rb":
            raise PermissionError(f"{path}: nothing is written to a lake")
        return _Object(self, path, self._tail(path)[0])

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        """Name, size and kind of an object."""
        return {"name": path, "size": self._tail(path)[0], "type": "file"}

    def glob(self, path: str, **_: Any) -> list[str]:
        """The object that the pattern alone matches: no others are looked for."""
        return [self._patterns[path]] if path in self._patterns else []

    def exists(self, path: str, **_: Any) -> bool:
        """Whether an object is one of these."""
        return path in self._paths

    isfile = exists

    def isdir(self, path: str) -> bool:
        """There are no folders."""
        return False

    def modified(self, path: str) -> datetime:
        """The same for all: objects are never changed."""
        return _LISTED

    def _tail(self, path: str) -> tuple[int, bytes]:
        if path not in self._paths:
            raise FileNotFoundError(f"{path}: not a file of this lake")
        with self._lock:
            known = self._tails.get(path)
        if known is None:
            key = _key(path)
            try:
                known = self._bucket.tail(key, TAIL_BYTES)
            except OSError as error:
                raise self._failed(key, error) from None
            with self._lock:
                self._tails[path] = known
        return known

    def _failed(self, key: str, error: OSError) -> StoreError:
        self.failure = StoreError(f"{self._bucket.place.uri(key)}: {error}: try again, or see docs/s3.md")
        return self.failure


def path_of(key: str) -> str:
    """What DuckDB knows an object by."""
    return f"{PROTOCOL}://{key}"


def _key(path: str) -> str:
    return path.removeprefix(f"{PROTOCOL}://")


class _Object:
    """An object that is open."""

    def __init__(self, ranges: Ranges, path: str, size: int) -> None:
        self._ranges = ranges
        self._path = path
        self._at = 0
        self.size = size

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, self.size)[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, length: int = -1) -> bytes:
        end = self.size if length < 0 else min(self._at + length, self.size)
        if end <= self._at:
            return b""
        data = self._ranges.part(self._path, self._at, end)
        self._at = end
        return data

    def close(self) -> None:
        """There is nothing to give back."""
