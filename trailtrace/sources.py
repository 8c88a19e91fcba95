"""Where logs are: files, folders, globs, archives, standard input.

Yields bytes with a name. Never looks inside a record.
"""

import glob
import io
import os
import re
import stat
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from trailtrace.errors import TrailtraceError
from trailtrace.gzipped import LIMITS, MAX_BYTES, STOPPED, Limits, decompress

MAX_MEMBERS = 1_000_000
"""Most members of one archive."""

MAX_DEPTH = 3
"""Deepest nesting of archives."""


SIDE_SUFFIXES = (".metadata.json", ".head.json", ".headers", ".signature")
"""Of the file that keeps the signature of a digest beside it, behind the digest's whole name."""

_SIDE_FILE = re.compile(
    r"\d{12}_CloudTrail-Digest_.+\.json(\.gz)?(\.metadata\.json|\.head\.json|\.headers|\.signature)",
    re.DOTALL,
)


@dataclass(slots=True, eq=False)
class Version:
    """Which of its contents an object of a bucket has: as it was listed, and once read, as it was read."""

    etag: str
    size: int
    metadata: Mapping[str, str] | None = None
    """Of a digest that was read: CloudTrail keeps the signature there."""


@dataclass(frozen=True, slots=True)
class SourceObject:
    """One place to read from. `read` returns its bytes as stored."""

    uri: str
    """Path as given, `-` for standard input, `archive.zip!member` for a member, `s3://bucket/key`."""
    size: int
    read: Callable[[], bytes]
    version: Version | None = None
    """Of an object of a bucket; None for all others."""
    limits: Limits = LIMITS


@dataclass(frozen=True, slots=True)
class Content:
    """The decompressed bytes of one source object."""

    uri: str
    size: int
    """Bytes as stored."""
    sha256: str
    """Of the bytes as stored; empty where a limit stopped it, so that it is not known the next time."""
    data: bytes
    damage: str | None
    """Why reading stopped early (reason code), or None."""


def expand(paths: list[str]) -> list[SourceObject]:
    """All source objects below the given paths, sorted, each once.

    Raises TrailtraceError for a path that does not exist and a glob that matches nothing.
    """
    found: dict[str, SourceObject] = {}
    for text in paths:
        for item in _expand_one(text):
            found.setdefault(item.uri, item)
    return list(found.values())


def limited(sources: list[SourceObject], limits: Limits) -> list[SourceObject]:
    """The same sources, with limits of their own."""
    return sources if limits == LIMITS else [replace(item, limits=limits) for item in sources]


def is_side_file(path: str) -> bool:
    """Whether a path, or the name of an archive's member, is of a file which keeps a digest's signature."""
    return path.endswith(SIDE_SUFFIXES) and _SIDE_FILE.fullmatch(re.split(r"[/\\!]", path)[-1]) is not None


def _expand_one(text: str) -> Iterator[SourceObject]:
    if text == "-":
        yield SourceObject("-", 0, cache(_read_standard_input))
        return
    path = str(Path(text))
    if not os.path.lexists(path):
        matches = sorted(glob.glob(text, recursive=True)) if glob.has_magic(text) else []
        if not matches and "://" in text:  # what follows may hold a password or a signature
            raise TrailtraceError(
                f"{text.partition('://')[0]}://…: no place that can be read: give a file, a folder or a"
                " bucket (s3://bucket/prefix)"
            )
        if not matches:
            raise TrailtraceError(f"{text}: no such file or folder: check the path")
        for match in matches:
            yield from _walk(str(Path(match)))
        return
    yield from _walk(path)


def _walk(path: str) -> Iterator[SourceObject]:
    """The files below a path in a fixed order; links are followed, but no folder is entered twice."""
    entered: set[tuple[int, int]] = set()
    waiting = [(path, os.path.isdir(path))]
    while waiting:
        here, is_folder = waiting.pop()
        if not is_folder:
            yield _file(here)
            continue
        try:
            status = os.stat(here)
            below = _below(here)
        except OSError as error:
            yield _unreadable(here, error)
            continue
        if (status.st_dev, status.st_ino) not in entered:
            entered.add((status.st_dev, status.st_ino))
            waiting += below


def _below(folder: str) -> list[tuple[str, bool]]:
    """What is in a folder, last name first, and whether it is a folder, or a link to one."""
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name, reverse=True)
    beginning = "" if folder == "." else os.path.join(folder, "")
    return [(beginning + entry.name, _is_folder(entry)) for entry in found]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads nowhere is told when it is read
        return False


def _read_standard_input() -> bytes:
    return sys.stdin.buffer.read(MAX_BYTES + 1)


def _file(path: str) -> SourceObject:
    try:
        size = os.stat(path).st_size
    except OSError:
        size = 0
    return SourceObject(_uri(path), size, partial(_read_regular, path))


def _unreadable(path: str, error: OSError) -> SourceObject:
    def read() -> bytes:
        raise error

    return SourceObject(_uri(path), 0, read)


def _uri(path: str) -> str:
    """The path as text; bytes of a name that are no UTF-8 are written as escapes."""
    return path if path.isascii() else os.fsencode(path).decode(errors="backslashreplace")


def _read_regular(path: str) -> bytes:
    """What the file holds when it is opened; what is appended meanwhile comes with the next ingest."""
    # A FIFO would block for ever and a device would never end.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError("not a regular file")
        return file.read(min(status.st_size or MAX_BYTES, MAX_BYTES + 1))


def open_content(item: SourceObject) -> Iterator[Content]:
    """The content of a source object; of every member if it is an archive.

    Raises OSError when the object itself cannot be read.
    """
    if item.size > item.limits.object_bytes:  # it need not be held to tell
        yield Content(item.uri, item.size, "", b"", "too_large")
        return
    stored = item.read()
    yield from _unpack(item.uri, stored, item.limits, depth=0)


def _unpack(uri: str, stored: bytes, limits: Limits, depth: int) -> Iterator[Content]:
    digest = sha256(stored).hexdigest()
    data, damage = decompress(stored, limits)
    if depth < MAX_DEPTH and _is_zip(data):
        yield from _zip_members(uri, data, digest, limits, depth)
    elif depth < MAX_DEPTH and _is_tar(data):
        yield from _tar_members(uri, data, digest, limits, depth)
    else:
        yield Content(uri, len(stored), "" if damage in STOPPED else digest, data, damage)


def is_archive(data: bytes) -> bool:
    """Whether decompressed bytes, or their beginning, are those of an archive."""
    return _is_zip(data) or _is_tar(data)


def _is_zip(data: bytes) -> bool:
    return data[:4] == b"PK\x03\x04"


def _is_tar(data: bytes) -> bool:
    return data[257:262] == b"ustar"


def _zip_members(uri: str, data: bytes, digest: str, limits: Limits, depth: int) -> Iterator[Content]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
            for number, info in enumerate(members):
                if number >= MAX_MEMBERS:
                    yield Content(f"{uri}!", 0, digest, b"", "too_many_members")
                    return
                name = f"{uri}!{info.filename}"
                allowed = limits.allowed(info.compress_size)
                try:
                    with archive.open(info) as member:
                        stored = _read_bounded(member, allowed)
                except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
                    yield Content(name, info.compress_size, digest, b"", "unreadable_member")
                    continue
                if stored is None:
                    reason = "too_large" if allowed == limits.object_bytes else "compression_bomb"
                    yield Content(name, info.compress_size, "", b"", reason)
                    continue
                yield from _unpack(name, stored, limits, depth + 1)
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        yield Content(uri, len(data), digest, b"", "damaged_archive")


def _tar_members(uri: str, data: bytes, digest: str, limits: Limits, depth: int) -> Iterator[Content]:
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for number, info in enumerate(archive):
                if number >= MAX_MEMBERS:
                    yield Content(f"{uri}!", 0, digest, b"", "too_many_members")
                    return
                member = archive.extractfile(info) if info.isreg() else None
                if member is None:
                    continue
                name = f"{uri}!{info.name}"
                held = min(_held_bytes(info), len(data))
                allowed = limits.allowed(held)
                stored = _read_bounded(member, allowed)
                if stored is None:
                    reason = "too_large" if allowed == limits.object_bytes else "compression_bomb"
                    yield Content(name, held, "", b"", reason)
                    continue
                yield from _unpack(name, stored, limits, depth + 1)
    except (tarfile.TarError, ValueError, EOFError, OSError):
        yield Content(uri, len(data), digest, b"", "damaged_archive")


def _held_bytes(info: tarfile.TarInfo) -> int:
    """What the archive holds of a member: a sparse one can claim any size."""
    pieces: Any = info.sparse  # pairs: where a piece begins, and how long it is
    return info.size if pieces is None else sum(int(size) for _, size in pieces)


def _read_bounded(member: IO[bytes], allowed: int) -> bytes | None:
    stored = member.read(allowed + 1)
    return None if len(stored) > allowed else stored
