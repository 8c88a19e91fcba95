"""What a notebook and the command line use alike: a store, and the questions it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from trailtrace.errors import TrailtraceError
from trailtrace.investigate.naming import accounts_of, named
from trailtrace.investigate.who_did import who_did
from trailtrace.model import Answers, IngestSummary
from trailtrace.names import Names, Relation
from trailtrace.render.places import time_text
from trailtrace.render.visible import visible
from trailtrace.store import Store, memory_store, open_store

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

    from trailtrace.adhoc import Results
    from trailtrace.baseline import Baseline
    from trailtrace.export import ExportSummary
    from trailtrace.finding import Finding
    from trailtrace.ingest import Progress
    from trailtrace.lake.remote import RemoteLake
    from trailtrace.names import Account, NetworkList
    from trailtrace.question import Matches, Question
    from trailtrace.redaction import Redactor
    from trailtrace.report import Report
    from trailtrace.scope import Scope
    from trailtrace.settings import Settings
    from trailtrace.snapshot import Snapshot
    from trailtrace.status import Status

T = TypeVar("T")

MATCH_LIMIT = 50

RESOURCE_LIMIT = 100
"""Resources of a session that are listed unless all are asked for."""


class Investigation:
    """Questions to one store. Use `trailtrace.open` or `trailtrace.from_logs` to get one."""

    def __init__(self, store: Store, summary: IngestSummary | None = None, redact: str | None = None) -> None:
        self._store = store
        self.summary = summary
        """What was loaded, for an investigation made by `from_logs`."""
        self._redactor = None if redact is None else _redactor(store, redact)

    def __enter__(self) -> Investigation:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._store.close()

    def who_did(self, target: str, at: datetime | None = None, *, explain: bool = False) -> Answers:
        """Who is behind an access key, event id, session or user ARN, principal id or instance id.

        One answer for each distinct credential. `at` is a UTC time without offset. With `explain`, an
        answer has every issuance that was considered. Raises TargetNotFoundError when the logs do not
        hold the target.
        """
        with self._redacted_errors():
            return self.redacted(named(self._store, who_did(self._store, target, at, explain=explain)))

    def which_events(self, question: Question, limit: int | None = MATCH_LIMIT) -> Matches:
        """The newest `limit` events that a question asks for, each with who is behind it; None is all.

        Raises TargetNotFoundError when no event matches, UsageError when nothing is asked.
        """
        from trailtrace.investigate.which_events import which_events

        with self._redacted_errors():
            return self.redacted(named(self._store, which_events(self._store, question, limit)))

    def what_did(
        self,
        target: str,
        *,
        now: datetime | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        depth: int | None = None,
        resources: int | None = RESOURCE_LIMIT,
    ) -> Scope:
        """Everything that came out of a key, user, person, role, instance, function or session.

        Times are UTC without offset. What is alive is asked of `now`, by default the present; calls
        outside `since` to `until` are not counted. `depth` is how many sessions deep to follow, and
        `resources` how many resources of a session to list; None is all. Raises TargetNotFoundError
        when the logs do not hold the target.
        """
        from trailtrace.investigate.what_did import what_did

        with self._redacted_errors():
            scope = what_did(
                self._store,
                target,
                now=now or datetime.now(UTC).replace(tzinfo=None, microsecond=0),
                since=since,
                until=until,
                depth=depth,
                resources=resources,
            )
            return self.redacted(named(self._store, scope))

    def accounts(self) -> tuple[Account, ...]:
        """What the store says of accounts, in the order of their ids."""
        return self.redacted(accounts_of(self._store))

    def networks(self) -> tuple[NetworkList, ...]:
        """The lists of networks by which the store labels addresses."""
        from trailtrace.networks import lists_of

        return lists_of(self._store)

    def not_noted(self, settings: Settings) -> tuple[tuple[Account, Relation | None], ...]:
        """Accounts that are outside by these settings and not by the store, or the other way round.

        Each with what the store says. What the settings only name is no contradiction.
        """
        held = {each.account_id: each.relation for each in accounts_of(self._store)}
        outside = Relation.OUTSIDE
        return self.redacted(
            tuple(
                (each, held.get(each.account_id))
                for each in settings.accounts
                if each.relation is not None
                and (each.relation is outside) != (held.get(each.account_id) is outside)
            )
        )

    def status(self, now: datetime | None = None, *, rejects: bool = False) -> Status:
        """What is held: files, records, days of each account and Region, and what is missing.

        `now`, UTC without offset and by default the present, is when the age of the last event is
        asked. With `rejects`, every record that could not be read is there.
        """
        from trailtrace.investigate.status import status

        moment = now or datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        return self.redacted(named(self._store, status(self._store, moment, rejects=rejects)))

    def findings(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        settings: Settings | None = None,
    ) -> list[Finding]:
        """What an auditor should look at, the most severe first (docs/findings.md).

        `since` and `until` are UTC times without offset, the second one excluded.
        """
        from trailtrace.audit.findings import find
        from trailtrace.finding import Window
        from trailtrace.settings import Settings

        return self.redacted(find(self._store, Window(since, until), settings or Settings()))

    def report(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        *,
        now: datetime | None = None,
        settings: Settings | None = None,
        previous: Snapshot | None = None,
        baseline: Baseline | None = None,
    ) -> Report:
        """What happened in a window, by whom, what is new and what needs a look (docs/report.md).

        Times are UTC without offset, `until` excluded. `now`, by default the present, is when the report
        is made: where there is a `since` but no `until`, the window ends then. `previous` is what the
        report before knew (`trailtrace.snapshot.read_snapshot`), `baseline` the findings that were
        accepted (`trailtrace.baseline.read_baseline`).
        """
        from trailtrace.audit.collect import Request, collect
        from trailtrace.audit.summary import summary
        from trailtrace.finding import Window
        from trailtrace.settings import Settings

        moment = now or datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        asked = Request(Window(since, until), moment, settings or Settings(), previous, baseline)
        report = collect(self._store, asked)
        if self._redactor is None:
            return report
        # The snapshot's keys are made from what is redacted, and the summary is said again without it.
        report = self.redacted(replace(report, snapshot=None, summary=()))
        return replace(report, summary=summary(report))

    def query(self, name: str, **values: object) -> pl.DataFrame:
        """The rows of a named query, with the columns that its header declares (docs/queries.md).

        Text among the values is read as on the command line; times are UTC. Raises UsageError for a
        name or parameter that is not there, and a value that is none.
        """
        with self.query_results(name, values) as results:
            return _frame(results)

    def sql(self, text: str, seconds: float | None = None) -> pl.DataFrame:
        """The rows of one select, all in memory; nothing but the store can be read.

        Times come as datetimes without zone, in UTC. Raises UsageError where the statement is refused
        or wrong, and StoreError where it takes longer than `seconds` or more memory than it may have.
        """
        with self.sql_results(text, seconds) as results:
            return _frame(results)

    def events(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        accounts: Sequence[str] = (),
    ) -> pl.LazyFrame:
        """Every event with its origin, lazily: the columns of `events_with_origin` (docs/schema.md).

        `since` and `until` are UTC times without offset, the second one excluded; `accounts` are those
        that recorded the events. Rows come in no order, both account copies of a call among them.
        Nothing is read before `collect`, and then only the columns it needs; this investigation must
        still be open.
        """
        from trailtrace.frames import lazy_events

        values = {"since": since, "until": until, "accounts": list(accounts) or None}
        return lazy_events(self._store, values, self._change)

    def __repr__(self) -> str:
        return f"<Investigation of {self._store.name}>"

    def _repr_html_(self) -> str:
        [(accounts, regions, first, last, _)] = self._store.run("store/coverage_totals")
        facts = [
            ("accounts", f"{accounts:,}"),
            ("Regions", f"{regions:,}"),
            ("first event", time_text(first)),
            ("last event", time_text(last)),
        ]
        from trailtrace.render.html import facts_html

        return facts_html(f"Investigation of {visible(self._store.name)}", facts)

    @contextmanager
    def query_results(
        self, name: str, values: Mapping[str, object], seconds: float | None = None
    ) -> Iterator[Results]:
        """The rows of a named query as a stream."""
        from trailtrace.adhoc import results
        from trailtrace.library import named_query, values_for

        query = named_query(name)
        given = values_for(query, values)
        names = Names(self.accounts())
        with self._redacted_errors(), results(self._store, query.sql, given, seconds) as found:
            yield replace(self._redacted_rows(found), names=names)

    @contextmanager
    def sql_results(self, text: str, seconds: float | None = None) -> Iterator[Results]:
        """The rows of one select as a stream."""
        from trailtrace.adhoc import check_reads, results

        check_reads(self._store, text)
        names = Names(self.accounts())
        with self._redacted_errors(), results(self._store, text, {}, seconds) as found:
            yield replace(self._redacted_rows(found), names=names)

    def export(
        self,
        target: str | Path | BinaryIO,
        format: str = "ndjson",
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        accounts: Sequence[str] = (),
        force: bool = False,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> ExportSummary:
        """Writes the events as `ndjson` or `ocsf` (a file), or `parquet` (a folder by day and account).

        `since` and `until` are UTC times without offset, the second one excluded; `accounts` are those
        that recorded the events. What is there already is replaced only with `force`. `progress` gets
        the events written and those to write. Raises UsageError and TrailtraceError.
        """
        from trailtrace.export import ExportFormat, Selection, check_target, export

        wanted = ExportFormat(format)
        if isinstance(target, str | Path):
            target = Path(target)
            check_target(target, wanted, force)
        selection = Selection(since, until, tuple(accounts))
        return export(self._store, target, wanted, selection, change=self._change, progress=progress)

    def redacted(self, value: T) -> T:
        """A value as it may be shown: redacted, if this investigation was opened so."""
        return value if self._redactor is None else self._redactor.value(value)

    def _change(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        return batch if self._redactor is None else self._redactor.batch(batch)

    def _redacted_rows(self, results: Results) -> Results:
        return replace(results, batches=map(self._change, results.batches))

    @contextmanager
    def _redacted_errors(self) -> Iterator[None]:
        try:
            yield
        except TrailtraceError as error:
            if self._redactor is not None:
                error.args = (self._redactor.sentence(str(error)),)
            raise

    def columns(self) -> dict[str, list[tuple[str, str, str | None]]]:
        """The columns of every table and view: name, type and meaning."""
        columns: dict[str, list[tuple[str, str, str | None]]] = {}
        for row in self._store.records("answers/columns"):
            place = (row["column_name"], row["data_type"], row["comment"])
            columns.setdefault(row["table_name"], []).append(place)
        return columns


def _frame(results: Results) -> pl.DataFrame:
    import polars as pl
    import pyarrow as pa

    frame = pl.from_arrow(pa.Table.from_batches(results.batches, results.schema))
    assert isinstance(frame, pl.DataFrame)
    return frame


def _redactor(store: Store, secret: str) -> Redactor:
    from trailtrace.detections import said_words
    from trailtrace.redaction import Redactor, checked_secret

    names = (text for (text,) in store.run("redaction/names"))
    return Redactor(checked_secret(secret), names, said_words)


def open(
    path: str | Path, waiting: Callable[[str], None] = lambda _: None, *, redact: str | None = None
) -> Investigation:
    """Opens a store, or a lake in a folder or a bucket (`s3://bucket/prefix`), for questions, read-only.

    Raises StoreError when it cannot be opened, MissingExtraError where buckets cannot be read.

    `waiting` is told once, in a sentence, that a writer holds the store for a moment.

    With `redact`, a secret of at least 16 characters, all answers come redacted (docs/redaction.md).
    """
    lake = _lake_at(path)
    if lake is None:
        store = open_store(Path(path), waiting=waiting)
    else:
        from trailtrace.lake.opened import lake_store

        store = lake_store(lake)
    try:
        if lake is not None:
            store.lock()
        return Investigation(store, redact=redact)
    except BaseException:
        store.close()
        raise


def _lake_at(path: str | Path) -> Path | RemoteLake | None:
    from trailtrace.lake.manifest import is_lake
    from trailtrace.remote.place import url_of

    url = url_of(path)
    if url is not None:
        from trailtrace.lake.remote import RemoteLake

        return RemoteLake(url)
    return Path(path) if is_lake(Path(path)) else None


def from_logs(
    paths: list[str],
    progress: Callable[[Progress], None] = lambda _: None,
    *,
    redact: str | None = None,
    telling: Callable[[str], None] = lambda _: None,
) -> Investigation:
    """Loads logs into memory for questions; nothing is left behind. `redact` as in `open`.

    A path may be a bucket (docs/s3.md); `telling` is told, in a sentence, what of it was not read.
    """
    # Answering from a store needs none of what reads logs: import it late.
    from trailtrace.ingest import ingest
    from trailtrace.places import find

    store = memory_store()
    try:
        found = find(paths)
        for note in found.notes:
            telling(note)
        summary = ingest(store, found.sources, progress=progress)
        store.lock()
        return Investigation(store, summary, redact)
    except BaseException:
        store.close()
        raise
