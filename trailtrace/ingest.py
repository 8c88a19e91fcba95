"""Loads sources into a store: read, unwrap, normalise, tell duplicates apart, derive.

Python moves whole documents; every record is interpreted in SQL. Nothing is dropped: for each file
read = kept + duplicate + rejected + not_events.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib import import_module
from threading import Thread
from typing import Any

from trailtrace.columns import MIXED, PLAIN, Identities, mixed_batch, plain_batches, stream
from trailtrace.containers import unwrap
from trailtrace.documents import MixedDocument, PlainDocument, mixed_document
from trailtrace.errors import NothingMoreError, StoreError
from trailtrace.ledger import LedgerFile, write_ledger
from trailtrace.model import IngestSummary
from trailtrace.reading import Opened, batches, fetching, in_time_order, read_ahead, readers
from trailtrace.repair import json_error, repair
from trailtrace.repeats import count_repeats, settle_repeats
from trailtrace.sources import Content, SourceObject, open_content
from trailtrace.store import Store
from trailtrace.unwrapped import NotEvent, Rejected

CHANGED = "it changed or went away while it was read: load it again"

REASONS = {
    "not_an_object": "the record is not a JSON object",
    "no_event_name": "the record has no eventName",
    "no_event_time": "the record has no eventTime",
    "bad_event_time": "the record's eventTime is no time",
    "bad_user_identity": "the record's userIdentity is no object",
    "duplicate_key": "the record names one member twice",
}
"""Why a record is no event, by what SQL found."""


def _plain_again(file: LedgerFile) -> Iterator[PlainDocument]:
    """The plain documents of a file, read once more; none if it is another file now."""
    try:
        for content in open_content(file.source):
            if (content.uri, content.sha256) == (file.uri, file.sha256):
                for item in unwrap(content.data, file.source.limits)[1]:
                    if isinstance(item, PlainDocument):
                        yield item
    except OSError:
        return


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest is."""

    files: int
    total_files: int
    bytes: int
    total_bytes: int
    records: int


def ingest(
    store: Store,
    sources: list[SourceObject],
    *,
    jobs: int | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> IngestSummary:
    """Loads what is not in the store yet and derives what follows, in one transaction.

    Raises NothingMoreError, if not all can be read, behind the transaction: what was read is kept.
    """
    unlabelled = 0
    with store.transaction():
        loader = _Loader(store, jobs, progress, len(sources), sum(item.size for item in sources))
        if sources:
            # What derives from the records takes a while to import: not when SQL waits for it.
            Thread(target=import_module, args=("trailtrace.provenance.touched",)).start()
        loader.load(sources)
        if loader.files:
            _refuse_days_of_a_lake(store, min(loader.files))
            from trailtrace.derive import derive, derive_all

            unlabelled = derive_all(store) if loader.replaced else derive(store, min(loader.files))
    if loader.failure is not None:
        raise loader.failure
    return replace(loader.summary(), unlabelled=unlabelled)


def _refuse_days_of_a_lake(store: Store, first_file_id: int) -> None:
    """Raises StoreError where new records are of days of which most records are in a lake alone.

    Whether they contradict one of those cannot be told, and what is contradicted must not seem proof.
    """
    days = [day for (day,) in store.run("from_lake/days_of_lake_only", {"first_file_id": first_file_id})]
    if days:
        more = f" and {len(days) - 1:,} days more" if len(days) > 1 else ""
        raise StoreError(
            f"{store.name}: these logs have records of {days[0]}{more}, of which a lake has most: first load"
            f" all of these days, `trailtrace ingest LAKE --since {days[0]}"
            f" --until {days[-1] + timedelta(days=1)}`, or use another --store"
        )


def read_only(
    store: Store, sources: list[SourceObject], known: Iterable[tuple[str, str]] = (), jobs: int | None = None
) -> dict[int, SourceObject]:
    """Loads sources into an empty store and derives nothing; the source of each file that was loaded.

    Files whose name and hash are `known` are left out.
    """
    with store.transaction():
        loader = _Loader(store, jobs, lambda _: None, len(sources), sum(item.size for item in sources), known)
        loader.load(sources)
    if loader.failure is not None:
        raise loader.failure
    return {file.file_id: file.source for file in loader.files.values()}


class _Loader:
    def __init__(
        self,
        store: Store,
        jobs: int | None,
        progress: Callable[[Progress], None],
        total_files: int,
        total_bytes: int,
        known_elsewhere: Iterable[tuple[str, str]] = (),
    ) -> None:
        self.store = store
        self.jobs = jobs or readers()
        self.progress = progress
        self.total_files = total_files
        self.total_bytes = total_bytes
        self.files: dict[int, LedgerFile] = {}
        self.known_files = 0
        self._unreadable = 0
        self._seen_files = 0
        self._seen_bytes = 0
        self._loaded_records = 0
        known = store.run("store/known_files")
        self._known = {(uri, digest) for uri, digest, _, held in known if held is None}
        self._known |= set(known_elsewhere)
        self._held: dict[tuple[str, str], int] = {}
        """Of files in which a limit stopped something: how many records were found at most."""
        for uri, digest, _, held in known:
            if held is not None:
                self._note_held((uri, digest), held)
        self._next_id = max((file_id for _, _, file_id, _ in known), default=0) + 1
        [(self._last_identity,)] = store.run("store/last_identity")
        self.replaced = False
        """Whether older records left for better ones, so that facts must be made anew."""
        self._batch: dict[int, LedgerFile] = {}
        self._others: list[tuple[int, MixedDocument]] = []
        self._objects: dict[str, SourceObject] = {}
        """Of buckets, that were read."""
        self._unfinished: set[str] = set()
        """Names of sources that changed while they were read, or of which a limit stopped something."""
        self.failure: NothingMoreError | None = None
        """Why nothing more can be read."""
        self._contents: Counter[str] = Counter()
        """Of objects of buckets."""

    def load(self, sources: list[SourceObject]) -> None:
        if not sources:  # the store may be open for reading only
            return
        with ThreadPoolExecutor(self.jobs) as pool, fetching(sources) as fetchers:
            contents = read_ahead(pool, in_time_order(sources), self.jobs, fetchers)
            for batch in batches(contents):
                self._load_batch(batch)
                if self.failure is not None:
                    break
        self._note_objects()

    def _load_batch(self, batch: Iterator[Opened]) -> None:
        self._batch = {}
        self._others = []
        first = {"first_file_id": self._next_id}
        self.store.run("store/incoming")
        self._load_plain(self._plain_documents(self._readable(batch)))
        self._retake(dict(self.store.run("store/arrived", first)))
        others = self._others
        while others:
            self._load_incoming(others)
            others = self._second_look(self.store.run("store/pending"))
        for file_id, not_events in self.store.run("store/not_events"):
            self._batch[file_id].not_events += not_events
        self.store.run("store/keep")
        for file_id, kept in self.store.run("store/arrived", first):
            self._batch[file_id].kept = kept
        self._count_repeats(settle_repeats(self.store, first["first_file_id"]))
        self._write_ledger()

    def _count_repeats(self, dropped: Counter[int]) -> None:
        older = {}
        for file_id, records in dropped.items():
            if file_id in self._batch:
                self._batch[file_id].kept -= records
                self._batch[file_id].duplicate += records
            else:
                older[file_id] = records
        if older:
            self.replaced = True
            count_repeats(self.store, older)

    def _readable(self, batch: Iterator[Opened]) -> Iterator[Opened]:
        try:
            yield from batch
        except NothingMoreError as error:
            self.failure = error  # what came before it is loaded

    def _plain_documents(self, batch: Iterator[Opened]) -> Iterator[tuple[int, PlainDocument]]:
        """Numbers the files and keeps all but their plain documents, which it passes on."""
        for opened in batch:
            self._seen_files += opened.last_of_source
            self._seen_bytes += opened.source.size * opened.last_of_source
            self._report()
            if opened.content is None:
                continue
            key = (opened.content.uri, opened.content.sha256)
            self._note_content(opened, opened.content)
            if key in self._known or (opened.is_stopped and opened.held <= self._held.get(key, -1)):
                if opened.content.sha256:
                    self.known_files += 1
                else:
                    self._unreadable += 1
                continue
            if opened.is_stopped:
                self._note_held(key, opened.held)
            else:
                self._known.add(key)
            file = LedgerFile(
                self._next_id,
                opened.content.uri,
                opened.content.size,
                opened.content.sha256,
                opened.source,
                opened.container,
            )
            self._next_id += 1
            self._batch[file.file_id] = self.files[file.file_id] = file
            for item in opened.unwrapped:
                match item:
                    case PlainDocument():
                        file.plain_records += len(item)
                        yield file.file_id, item
                    case MixedDocument():
                        self._others.append((file.file_id, item))
                    case Rejected():
                        file.rejects.append(item)
                    case NotEvent():
                        file.not_events += 1

    def _retake(self, arrived: dict[int, int]) -> None:
        """Reads a file again, record by record, if not all records of its plain document arrived.

        Python and SQL can differ over what is valid: a time that is none, a number too large.
        """
        for file in self._batch.values():
            if file.plain_records == arrived.get(file.file_id, 0):
                continue
            self.store.run("store/withdraw", {"file_id": file.file_id})
            again = list(_plain_again(file))
            if sum(map(len, again)) == file.plain_records:
                self._others += [(file.file_id, item.mixed()) for item in again]
            else:
                file.rejects.append(Rejected(0, "changed_while_read", CHANGED))
                file.sha256 = ""  # it is not known: the next ingest loads it again
                self._unfinished.add(file.source.uri)

    def _load_plain(self, documents: Iterator[tuple[int, PlainDocument]]) -> None:
        # Whether an identity is sound is known behind its records: `_retake` looks at what arrived.
        identities = Identities(self._last_identity)
        batches = plain_batches(documents, identities)
        self.store.load_documents(stream(PLAIN, batches), "store/parse_plain", "store/load_plain")
        self._add_identities(identities)

    def _load_incoming(self, documents: list[tuple[int, MixedDocument]]) -> None:
        identities = Identities(self._last_identity)
        batches = [mixed_batch(file_id, item, identities) for file_id, item in documents]
        self._add_identities(identities)
        self.store.load_documents(stream(MIXED, batches), "store/parse_mixed", "store/load_incoming")

    def _add_identities(self, identities: Identities) -> None:
        self.store.fill("store/read_identities", identities.table())
        self.store.run("store/add_identities")
        self._last_identity = identities.last

    def _second_look(self, pending: list[tuple[Any, ...]]) -> list[tuple[int, MixedDocument]]:
        """Mends records and rejects the rest; returns what to normalise again."""
        again: list[tuple[int, MixedDocument]] = []
        for file_id, record, problem, raw in pending:
            file = self._batch[file_id]
            text = (raw or "null").encode()
            if problem == "invalid_json":
                file.rejects.append(Rejected(record, problem, json_error(text), text))
                continue
            mended = None if problem in ("not_an_object", "duplicate_key") else repair(text)
            if mended is None:
                file.rejects.append(Rejected(record, problem, REASONS[problem], text))
            else:
                again.append((file_id, mixed_document(record, [mended])))
        return again

    def _write_ledger(self) -> None:
        files = list(self._batch.values())
        write_ledger(self.store, files)
        self._loaded_records += sum(file.read for file in files)
        self._report()

    def _note_held(self, key: tuple[str, str], held: int) -> None:
        self._held[key] = max(held, self._held.get(key, 0))

    def _note_content(self, opened: Opened, content: Content) -> None:
        source = opened.source
        if opened.is_stopped:
            self._unfinished.add(source.uri)
        if source.version is not None and source.version.etag and content.sha256:
            self._objects[source.uri] = source
            self._contents[source.uri] += 1

    def _note_objects(self) -> None:
        """What the objects of buckets were when they were read: the next ingest need not fetch them."""
        import pyarrow as pa

        objects = [
            {
                "uri": uri,
                "etag": source.version.etag,
                "size_bytes": source.version.size,
                "files": self._contents[uri],
            }
            for uri, source in self._objects.items()
            if source.version is not None and uri not in self._unfinished
        ]
        if objects:
            self.store.fill("store/add_objects", pa.Table.from_pylist(objects))

    def _report(self) -> None:
        self.progress(
            Progress(
                self._seen_files,
                self.total_files,
                self._seen_bytes,
                self.total_bytes,
                self._loaded_records,
            )
        )

    def summary(self) -> IngestSummary:
        files = self.files.values()
        reasons = Counter(reject.reason for file in files for reject in file.rejects)
        [(accounts, regions, first, last, conflicts)] = self.store.run("store/coverage_totals")
        return IngestSummary(
            files=len(self.files),
            known_files=self.known_files,
            unreadable=self._unreadable,
            read=sum(file.read for file in files),
            kept=sum(file.kept for file in files),
            duplicate=sum(file.duplicate for file in files),
            rejected=dict(sorted(reasons.items())),
            not_events=sum(file.not_events for file in files),
            containers=dict(sorted(Counter(file.container for file in files).items())),
            conflicts=conflicts,
            accounts=accounts,
            regions=regions,
            first_event=first,
            last_event=last,
        )
