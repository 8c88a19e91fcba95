"""What became of each file's records while it is loaded: read = kept + duplicate + rejected + not_events."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from operator import attrgetter

from trailtrace.sources import SourceObject
from trailtrace.store import Store
from trailtrace.unwrapped import Rejected

EXCERPT_CHARACTERS = 300

# Session tokens are hundreds of base64 characters; nothing else in a record is.
_TOKEN_LIKE = re.compile(r"[A-Za-z0-9+/=_-]{100,}")
_TOKEN_MEMBER = re.compile(
    r'(?i)((?:session[_-]?tokens?|secret_?access_?key)\\*"\s*:\s*\[?\s*\\*")(?:[^"\\]|\\+[^"\\])*'
)


@dataclass(slots=True)
class LedgerFile:
    """The ledger of one file while it is loaded."""

    file_id: int
    uri: str
    size_bytes: int
    sha256: str
    source: SourceObject
    container: str
    plain_records: int = 0
    kept: int = 0
    duplicate: int = 0
    not_events: int = 0
    rejects: list[Rejected] = field(default_factory=list)

    @property
    def read(self) -> int:
        return self.kept + self.duplicate + self.rejected + self.not_events

    @property
    def rejected(self) -> int:
        return len(self.rejects)


_COLUMNS = (
    *("file_id", "uri", "size_bytes", "sha256", "container"),
    *("read", "kept", "duplicate", "rejected", "not_events"),
)
"""Members of `LedgerFile` that are columns of `files`."""


def write_ledger(store: Store, files: list[LedgerFile]) -> None:
    """Adds files and their rejects to the tables of those names."""
    import pyarrow as pa

    rejects = [
        {
            "file_id": file.file_id,
            "record": item.record,
            "reason": item.reason,
            "detail": item.detail,
            "excerpt": _excerpt(item.excerpt),
        }
        for file in files
        for item in file.rejects
    ]
    if files:
        columns = {name: list(map(attrgetter(name), files)) for name in _COLUMNS}
        columns["integrity"] = ["unchecked"] * len(files)
        store.fill("store/add_files", pa.table(columns))
    if rejects:
        store.fill("store/add_rejects", pa.Table.from_pylist(rejects))


def _excerpt(raw: bytes) -> str:
    text = raw[: 4 * EXCERPT_CHARACTERS].decode(errors="replace")
    text = _TOKEN_MEMBER.sub(r"\1[redacted]", text)
    return _TOKEN_LIKE.sub("[redacted]", text)[:EXCERPT_CHARACTERS]
