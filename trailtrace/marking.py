"""Notes in a store what a verification found of its files, and derives what follows.

A file is known by the hash of its bytes. What was noted before of files that were not checked stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from trailtrace.derive import derive_all
from trailtrace.migration import migrate
from trailtrace.store import Store
from trailtrace.verification import Integrity, Marked
from trailtrace.writing import Writer, writing


def mark(
    path: Path,
    found: Mapping[str, Integrity],
    waiting: Callable[[str], None],
    unnamed: frozenset[str] = frozenset(),
) -> Marked:
    """Marks the files of the store at `path` whose hash is among those found; the last run that knows counts.

    `unnamed` are the hashes of those that verified digests of their time do not name.
    If files failed, or no longer do, all that is derived is made anew on a copy, beside readers.
    """
    with writing(path, waiting) as writer:
        older, files = _files(writer)
        checked = [file for file in files if file.sha256 in found]
        changes = {
            file.file_id: (found[file.sha256], file.sha256 in unnamed)
            for file in checked
            if (file.integrity, file.unnamed) != (found[file.sha256], file.sha256 in unnamed)
            # A run that knows nothing of a file, for want of digests or keys, takes back no failure.
            and (file.integrity, found[file.sha256]) != (Integrity.FAILED, Integrity.UNVERIFIED)
        }
        if changes:
            trusted_anew = any(
                Integrity.FAILED in (file.integrity, found[file.sha256])
                for file in checked
                if file.file_id in changes
            )
            opened = writer.replaced(migrate) if trusted_anew or older else writer.in_place()
            with opened as store:
                _mark(store, changes, derive=trusted_anew)
    unseen = sum(file.has_records and file.sha256 not in found for file in files)
    return Marked(len(checked), len(changes), unseen)


class _File(NamedTuple):
    file_id: int
    sha256: str
    integrity: str
    unnamed: bool
    has_records: bool


def _files(writer: Writer) -> tuple[bool, list[_File]]:
    """Whether the store has an older schema, and its files."""
    older: list[int] = []
    with writer.reading(lambda _, version: older.append(version)) as store:
        return bool(older), [_File(*row) for row in store.run("store/integrity_of_files")]


def _mark(store: Store, changes: Mapping[int, tuple[Integrity, bool]], *, derive: bool) -> None:
    import pyarrow as pa

    rows = [
        {"file_id": file_id, "integrity": str(integrity), "unnamed": unnamed}
        for file_id, (integrity, unnamed) in changes.items()
    ]
    with store.transaction():
        store.fill("store/mark_files", pa.Table.from_pylist(rows))
        if derive:
            store.define()
            derive_all(store)
