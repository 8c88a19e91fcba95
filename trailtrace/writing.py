"""Changes a store while others read it: one writer at a time, and never a half-written store.

A quick change goes in place, in one transaction. Any other is made on a private copy, which then takes
the store's place by a rename: who has the store open keeps reading the old one, who opens it later
reads the new one.
"""

from __future__ import annotations

import errno
import glob
import os
import re
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event

from trailtrace.errors import StoreBusyError, StoreError
from trailtrace.locking import WriteLock, write_lock
from trailtrace.remote.place import url_of
from trailtrace.store import LOCK_WAIT_SECONDS, Store, open_store, rewrite

IN_PLACE_PATIENCE = 1.0
"""Seconds to wait for readers before a quick change is made on a copy instead."""

IN_PLACE_SECONDS = 2.5
"""How long a quick change may take before it is given up; the commit comes on top."""

COPY_BYTES = 64 * 1024**2
"""Bytes copied by one call."""

_PRIVATE = re.compile(r"\.loading-[0-9a-f]{8}(-anew)?(\.wal|\.tmp)?")
"""What this module makes beside a store, and nobody else."""

Migrate = Callable[[Store, int], None]


@contextmanager
def replaced(
    path: Path,
    *,
    waiting: Callable[[str], None] = lambda _: None,
    migrate: Migrate | None = None,
    compact: bool = False,
) -> Iterator[Store]:
    """One change of the store at `path` on a private copy, which takes its place if the block ends well.

    With `compact`, the room of removed rows is given back. Readers are never locked out. After an error
    or Ctrl-C, the store is as it was, and nothing is left.
    """
    with writing(path, waiting) as writer, writer.replaced(migrate, compact=compact) as store:
        yield store


@contextmanager
def writing(
    path: Path, waiting: Callable[[str], None] = lambda _: None, stop: Event | None = None
) -> Iterator[Writer]:
    """The sole right to change the store at `path`, which need not be there yet.

    Says to `waiting` whom it waits for. Raises StoreError where nothing can be written, StoppedError if
    `stop` is set while it waits.
    """
    if (url := url_of(path)) is not None:
        raise StoreError(f"{url}: what is in a bucket is only read: choose a file for --store")
    file = Path(os.path.realpath(path))
    most = _longest_name(file.parent) - len(".loading-01234567-anew.wal")
    if len(os.fsencode(file.name)) > most:
        raise StoreError(
            f"{path}: the name is too long: choose a --store of at most {most} bytes, so that there is room"
            " for temporary files"
        )
    if file.exists() and not file.is_file():
        raise StoreError(f"{path}: not a file: a store is one DuckDB file, choose another --store")
    if not file.parent.is_dir():
        raise StoreError(f"{path}: no folder {file.parent}: make it, or choose another --store")
    if file.exists() and not os.access(file, os.W_OK):
        raise StoreError(f"{path}: you may not write to it: run as its owner, or choose another --store")
    with write_lock(file, waiting, stop) as lock:
        writer = Writer(path, file, lock, waiting)
        writer.tidy()
        yield writer


class Writer:
    """The sole right to change a store. Use `writing` to get it."""

    def __init__(self, path: Path, file: Path, lock: WriteLock, waiting: Callable[[str], None]) -> None:
        self._path = path
        self._file = file
        """What `path` leads to: a link to a store stays a link."""
        self._lock = lock
        self._waiting = waiting

    @property
    def exists(self) -> bool:
        """Whether there is a store already."""
        return self._file.exists()

    @property
    def size(self) -> int:
        """Bytes of the store; 0 if there is none."""
        return self._file.stat().st_size if self.exists else 0

    def tidy(self) -> None:
        """Removes private copies of writers that were killed, and finishes what one committed in place."""
        for left in self._file.parent.glob(glob.escape(self._file.name) + ".loading-*"):
            if _PRIVATE.fullmatch(left.name.removeprefix(self._file.name)):
                _remove(left)
        log = _log_of(self._file)
        if not log.exists():
            return
        if not self.exists:
            raise StoreError(f"{log}: left from a store that is gone: remove it, then run it again")
        # A copy must not be taken without its log, nor a log be left beside another file.
        open_store(
            self._file, writable=True, name=self._path, waiting=self._waiting, migrate=lambda *_: None
        ).close()

    def reading(self, migrate: Migrate | None = None) -> Store:
        """The store as it is, beside other readers."""
        return open_store(self._file, name=self._path, waiting=self._waiting, migrate=migrate)

    @contextmanager
    def in_place(self, migrate: Migrate | None = None, *, hurry: bool = False) -> Iterator[Store]:
        """A quick change; readers wait meanwhile. On a copy if there is no store yet, or readers stay.

        With `hurry`, one that is not quick after all ends in TooLongError, and nothing is changed.
        """
        store = self._open_in_place() if self.exists else None
        if store is None:
            with self.replaced(migrate) as store:
                yield store
        else:
            try:
                with store:
                    if hurry:
                        store.hurry(IN_PLACE_SECONDS)
                    yield store
            finally:
                log = _log_of(self._file)
                if log.exists() and not log.stat().st_size:  # what a full disk leaves
                    _remove(log)

    def _open_in_place(self) -> Store | None:
        try:
            return open_store(self._file, writable=True, name=self._path, patience=IN_PLACE_PATIENCE)
        except StoreBusyError:
            return None

    @contextmanager
    def replaced(self, migrate: Migrate | None = None, *, compact: bool = False) -> Iterator[Store]:
        """A change on a private copy, or of a new store; it takes the store's place at the end."""
        private = self._file.with_name(f"{self._file.name}.loading-{secrets.token_hex(4)}")
        fresh = private.with_name(f"{private.name}-anew")
        original = _Original(self._file, self._path) if self.exists else None
        try:
            if original is not None:
                original.copy(private)
            with open_store(private, writable=True, name=self._path, migrate=migrate) as store:
                yield store
                store.checkpoint()
            if compact:
                rewrite(private, fresh, self._path)
                if sys.platform != "win32":
                    owner = private.stat()
                    os.chown(fresh, owner.st_uid, owner.st_gid)
                fresh.replace(private)
            self._put_in_place(private, original)
        finally:
            for left in (private, fresh):
                for each in (left, _log_of(left), Path(f"{left}.tmp")):
                    _remove(each)
        if original is not None:
            original.close()

    def _put_in_place(self, private: Path, original: _Original | None) -> None:
        try:
            changed = original is not None and (original.changed() or _log_of(self._file).exists())
            if changed or not self._lock.held():
                raise StoreError(
                    f"{self._path}: somebody else wrote to it or removed its lock meanwhile: nothing was"
                    " changed, run it again"
                )
            if original is not None:
                shutil.copystat(self._file, private)
                os.utime(private)
            _flush(private)
            _rename(private, self._file)
            _flush(self._file.parent)
        except OSError as error:
            raise StoreError(
                f"{self._path}: cannot put the new store in its place: {error.strerror}"
            ) from error


class _Original:
    """The file that a private copy was made of."""

    def __init__(self, file: Path, name: Path) -> None:
        self._file = file
        self._name = name
        try:
            self._descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise StoreError(f"{name}: cannot read the store: {error.strerror}") from error
        self._stat = os.fstat(self._descriptor)

    def copy(self, private: Path) -> None:
        try:
            target = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                if sys.platform != "win32":
                    os.fchown(target, self._stat.st_uid, self._stat.st_gid)
                _copy_bytes(self._descriptor, target)
            finally:
                os.close(target)
        except PermissionError as error:
            raise StoreError(
                f"{self._name}: a new file in its place would not have its owner and group: run as its owner"
            ) from error
        except OSError as error:
            needed = f"{self._stat.st_size / 1e6:,.0f} MB"
            raise StoreError(
                f"{self._name}: cannot make a copy to write to: {error.strerror}: it needs {needed} beside"
                " the store, and room for what is added"
            ) from error
        finally:
            if sys.platform == "win32":  # there, a file that is open cannot be replaced
                self.close()

    def changed(self) -> bool:
        """Whether somebody wrote to the file since."""
        now = self._file.stat()
        before = self._stat
        return (now.st_ino, now.st_size, now.st_mtime_ns) != (
            before.st_ino,
            before.st_size,
            before.st_mtime_ns,
        )

    def close(self) -> None:
        """Only once it was replaced: to close a file takes away all locks that this process has on it.

        DuckDB's lock for a reader in this process is one of them; a file that was replaced needs none.
        """
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _copy_bytes(source: int, target: int) -> None:
    """Copies a whole file; a file system that can share blocks copies nothing."""
    if sys.platform == "linux":
        try:
            while os.copy_file_range(source, target, COPY_BYTES):
                pass
            return
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EXDEV, errno.EPERM):
                raise
            os.lseek(source, 0, os.SEEK_SET)
            os.lseek(target, 0, os.SEEK_SET)
    with (
        open(source, "rb", closefd=False) as reader,
        open(target, "wb", closefd=False) as writer,
    ):
        shutil.copyfileobj(reader, writer, 1024**2)


def _rename(private: Path, file: Path) -> None:
    deadline = time.monotonic() + LOCK_WAIT_SECONDS
    while True:
        try:
            private.replace(file)
            return
        except PermissionError:
            # Windows alone refuses while a reader has the store open.
            if sys.platform != "win32" or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _longest_name(folder: Path) -> int:
    """Bytes of a file's name that a folder takes."""
    try:
        return os.pathconf(folder, "PC_NAME_MAX")
    except (AttributeError, OSError, ValueError):  # Windows; a folder that is not there
        return 255


def _flush(path: Path) -> None:
    """Waits until a file, or the names in a folder, are on disk."""
    if sys.platform == "win32" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDONLY if sys.platform != "win32" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _log_of(file: Path) -> Path:
    """Where DuckDB keeps what was committed and is not in the file yet."""
    return file.with_name(file.name + ".wal")


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()
