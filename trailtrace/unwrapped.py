"""What unwrapping a container gives: documents of raw records, rejects and not-events."""

from dataclasses import dataclass, field

from trailtrace.documents import Document, document
from trailtrace.gzipped import LIMITS, Limits

DOCUMENT_RECORDS = 5_000
"""Most records put into one document."""

DOCUMENT_BYTES = 8 * 1024**2
"""A document is closed once it reaches this size."""

EXCERPT_BYTES = 500


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record, or (record 0) a whole file, that could not become an event."""

    record: int
    reason: str
    detail: str
    excerpt: bytes = b""


@dataclass(frozen=True, slots=True)
class NotEvent:
    """Something AWS writes beside events: a digest, a control message, a notification."""

    record: int
    kind: str


Unwrapped = Document | Rejected | NotEvent


@dataclass(slots=True)
class RecordCollector:
    """Raw records in file order, closed into documents of consecutive numbers."""

    limits: Limits = LIMITS
    """For what is packed once more inside."""
    container: str | None = None
    count: int = 0
    out: list[Unwrapped] = field(default_factory=list)
    _open: list[bytes] = field(default_factory=list)
    _first: int = 0
    _size: int = 0

    def add(self, raw: bytes, container: str) -> None:
        self.container = self.container or container
        self.count += 1
        try:
            raw.decode()
        except UnicodeDecodeError as error:
            self._reject("invalid_utf8", f"byte {error.start} of the record is not UTF-8", raw)
            return
        if not self._open:
            self._first = self.count
        self._open.append(raw)
        self._size += len(raw)
        if len(self._open) >= DOCUMENT_RECORDS or self._size >= DOCUMENT_BYTES:
            self.close()

    def reject(self, reason: str, detail: str, excerpt: bytes = b"") -> None:
        self.count += 1
        self._reject(reason, detail, excerpt)

    def damage(self, reason: str, detail: str) -> None:
        """What is wrong with the file and with none of its records."""
        self.close()
        self.out.append(Rejected(0, reason, detail))

    def not_event(self, kind: str) -> None:
        self.container = self.container or kind
        self.count += 1
        self.close()
        self.out.append(NotEvent(self.count, kind))

    def close(self) -> None:
        if self._open:
            self.out.append(document(self._first, self._open))
            self._open = []
            self._size = 0

    def _reject(self, reason: str, detail: str, excerpt: bytes) -> None:
        self.close()
        self.out.append(Rejected(self.count, reason, detail, excerpt[:EXCERPT_BYTES]))
