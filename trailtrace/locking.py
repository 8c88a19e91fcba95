"""One writer at a time: an advisory lock on a file beside the store.

The system frees the lock when its process ends, however it ends: a lock file that was left behind
locks nothing. Readers never take it.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from trailtrace.errors import StoreError, TrailtraceError

POLL_SECONDS = 0.1

HOLDER_BYTES = 500
"""Most of a lock file that is read."""


class StoppedError(TrailtraceError):
    """Whoever waited for the lock was told to stop."""


class WriteLock:
    """A lock that is held."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor

    def held(self) -> bool:
        """Whether the lock file is still ours: without it, others write too."""
        return _same_file(self._path, self._descriptor)


@contextmanager
def write_lock(store: Path, waiting: Callable[[str], None], stop: Event | None = None) -> Iterator[WriteLock]:
    """Holds the lock of a store; while another process does, says once who it is, and waits.

    Raises StoreError where there can be no lock file, StoppedError if `stop` is set while it waits.
    """
    path = store.with_name(store.name + ".lock")
    descriptor = _wait_for(path, store, waiting, stop or Event())
    try:
        # Who holds it is told where that can be written; the lock holds without.
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, _myself().encode(), 0)
        yield WriteLock(path, descriptor)
    finally:
        # Removed while it is held: who waits for this file finds that it is gone and makes another.
        if _same_file(path, descriptor):
            with suppress(OSError):
                path.unlink()
        os.close(descriptor)


def _wait_for(path: Path, store: Path, waiting: Callable[[str], None], stop: Event) -> int:
    told = False
    while True:
        try:
            descriptor = _open(path)
        except OSError as error:
            if isinstance(error, FileNotFoundError) and path.parent.is_dir():
                _pause(stop, store)  # its holder, another user, has just removed it
                continue
            raise StoreError(
                f"{store}: cannot lock it with {path.name}: {error.strerror}: writing needs a folder that you"
                " may write to, with room in it; what else has that name must be moved away"
            ) from error
        try:
            if _take(descriptor, path) and _same_file(path, descriptor):
                return descriptor
            holder = os.pread(descriptor, HOLDER_BYTES, 0).decode(errors="replace").strip()
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        if not told:
            waiting(
                f"{store}: {holder or 'another process'} is writing to it: waiting{_advice(holder, path)}"
            )
            told = True
        _pause(stop, store)


def _pause(stop: Event, store: Path) -> None:
    if stop.wait(POLL_SECONDS):
        raise StoppedError(f"{store}: stopped while another process was writing to it")


def _open(path: Path) -> int:
    """A link is not followed: whoever may write to the folder could lead it to any file."""
    flags = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
    try:
        return os.open(path, flags | os.O_RDWR | os.O_CREAT, 0o666)
    except PermissionError:
        if not path.exists():
            raise
        return os.open(path, flags | os.O_RDONLY)  # another user's: it can be locked all the same


def _myself() -> str:
    return f"process {os.getpid()} on {socket.gethostname()} since {datetime.now(UTC):%Y-%m-%d %H:%M:%SZ}\n"


def _advice(holder: str, path: Path) -> str:
    """What to do where the system cannot know that a process is gone: it ran on another host."""
    if not holder or f" on {socket.gethostname()} since " in holder:
        return ""
    return f"; if that host is gone for good, remove {path}"


def _same_file(path: Path, descriptor: int) -> bool:
    try:
        there = path.stat()
    except OSError:
        return False
    return os.path.samestat(there, os.fstat(descriptor))


if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int, path: Path) -> bool:
        os.lseek(descriptor, HOLDER_BYTES, os.SEEK_SET)  # a locked byte cannot be read by others
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _take(descriptor: int, path: Path) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            raise StoreError(
                f"{path}: this file system knows no locks ({error.strerror}): keep the store on another"
            ) from error
        return True
