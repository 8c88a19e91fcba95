"""Loads a lake into a store: the records that facts are made of, and all records of chosen days.

A store is made of records, and all that is derived follows from them: so it is here. Of a day that is not
chosen come the records that `prune` would leave, and the ledger counts the others as pruned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from trailtrace.derive import derive, derive_all
from trailtrace.errors import StoreError
from trailtrace.lake.manifest import Manifest, read_manifest
from trailtrace.lake.opened import lake_store
from trailtrace.lake.reading import FILE_BITS
from trailtrace.lake.remote import RemoteLake
from trailtrace.library import statement
from trailtrace.migration import migrate
from trailtrace.model import IngestSummary
from trailtrace.repeats import count_repeats, settle_repeats
from trailtrace.store import Store
from trailtrace.writing import writing

if TYPE_CHECKING:
    import pyarrow as pa

Told = Callable[[str], None]

_OF_BUILDS = ("files", "rejects", "sources", "arrivals", "conflicts")

_OF_A_DAY = ("records", "identities", "records_apart", "issuing_calls", "resource_events", "conflicts")


def load_lake(
    path: Path,
    lake: Path | RemoteLake,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    told: Told = lambda _: None,
) -> IngestSummary:
    """Loads what the store at `path` does not hold of a lake yet, all or nothing.

    With `since` or `until`, UTC, all records of each day that has some of that time; with neither, those
    alone that facts are made of. A day that was loaded whole once stays whole. `told` hears what is done.
    Raises StoreError where either cannot be used, or the store was pruned.
    """
    manifest = read_manifest(lake) if isinstance(lake, Path) else lake.manifest()
    chosen = {day for day in manifest.days if _is_chosen(date.fromisoformat(day), since, until)}
    with writing(path, told) as writer, writer.replaced(migrate) as store, store.transaction():
        [(before, _)] = store.run("prune/horizon", {"first_file_id": 0})
        if before is not None:
            raise StoreError(f"{path}: records were pruned from it: load the lake into another --store")
        return _Loading(store, lake, manifest, chosen, told).run()


def _is_chosen(day: date, since: datetime | None, until: datetime | None) -> bool:
    if since is None and until is None:
        return False
    begin = datetime.combine(day, datetime.min.time())
    return (since is None or day >= since.date()) and (until is None or begin < until)


class _Loading:
    def __init__(
        self, store: Store, lake: Path | RemoteLake, manifest: Manifest, chosen: set[str], told: Told
    ) -> None:
        self.store = store
        self.lake = lake
        self.manifest = manifest
        self.told = told
        self.known = {f"{day}": whole for day, whole in store.run("from_lake/known_days")}
        self.whole = self.known | {day: self.known.get(day, False) or day in chosen for day in manifest.days}
        self.widened = any(self.whole[day] and not whole for day, whole in self.known.items())
        """Whether a day is to be whole that was not: then files that are known have more to give."""
        self.contradicted = False
        """Whether event ids are in conflict that were not."""

    def run(self) -> IngestSummary:
        store = self.store
        with lake_store(self.lake, self.manifest, _OF_BUILDS) as lake:
            store.fill("from_lake/number_files", _rows(lake, "from_lake/lake_files"))
            [(elsewhere,)] = store.run("from_lake/files_elsewhere")
            if elsewhere:
                raise StoreError(
                    f"{store.name}: {elsewhere:,} of its files are partly in another lake, or in a later"
                    f" build of this one: load {self.lake} into another --store"
                )
            wanted = store.frame("from_lake/open_files" if self.widened else "from_lake/new_files").to_arrow()
            lake.fill("from_lake/wanted_files", wanted)
            store.run("from_lake/begin")
            store.run("from_lake/add_files")
            store.fill("from_lake/add_rejects", _rows(lake, "from_lake/lake_rejects"))
            before = store.run("from_lake/conflicts")
            store.fill("from_lake/add_conflicts", _rows(lake, "from_lake/lake_conflicts"))
            self.contradicted = store.run("from_lake/conflicts") != before
            objects = _rows(lake, "from_lake/lake_objects", {"file_bits": FILE_BITS})
            store.fill("from_lake/add_objects", objects)
            days = [day for (day,) in lake.run("from_lake/lake_days")]
        if self.widened:
            days = list(self.manifest.days)
        for number, day in enumerate(days, 1):
            self.told(
                f"{day}: {'all records' if self.whole[day] else 'facts'}, day {number:,} of {len(days):,}"
            )
            self._take(day, wanted)
        unlabelled = self._settle(wanted) if len(wanted) else 0
        self._note(days)
        summary = self._summary(unlabelled)
        store.run("from_lake/end")
        return summary

    def _take(self, day: str, wanted: pa.Table) -> None:
        """Puts what is wanted of a day beside what the store holds."""
        manifest = replace(self.manifest, days={day: self.manifest.days[day]})
        with lake_store(self.lake, manifest, _OF_A_DAY) as lake:
            lake.fill("from_lake/wanted_files", wanted)
            if self.whole[day]:
                lake.run("from_lake/whole_day")
            else:
                own = self.store.frame("from_lake/own_ids", parameters={"day": date.fromisoformat(day)})
                lake.fill("from_lake/own_ids_of_store", own.to_arrow())
                lake.run("from_lake/facts_of_day")
            self.store.fill("from_lake/add_identities", _rows(lake, "from_lake/day_identities"))
            self.store.fill("from_lake/add_records", _rows(lake, "from_lake/day_records"))

    def _settle(self, wanted: pa.Table) -> int:
        """Tells copies apart, puts the ledger right and derives; returns what `derive` returns."""
        store = self.store
        self.told("telling copies apart")
        [(first_file_id, was_here)] = store.run("from_lake/first_file")
        dropped = Counter[int]() if first_file_id is None else settle_repeats(store, first_file_id)
        own = {file_id for (file_id,) in store.run("from_lake/looked_through")}
        older = {file_id: records for file_id, records in dropped.items() if file_id not in own}
        count_repeats(store, older)
        store.fill("from_lake/settle_ledger", wanted)
        [(odd,)] = store.run("from_lake/odd_files")
        if odd:
            raise StoreError(
                f"{store.name}: holds records of another lake: load {self.lake} into another --store"
            )
        anew = was_here or older or self.contradicted
        if first_file_id is None and not anew:
            return 0
        self.told("facts, links and origins")
        return derive_all(store) if anew else derive(store, first_file_id)

    def _note(self, days: list[str]) -> None:
        import pyarrow as pa

        noted = [{"day": date.fromisoformat(day), "whole": self.whole[day]} for day in {*self.known, *days}]
        if noted:
            self.store.fill("from_lake/note_days", pa.Table.from_pylist(noted))

    def _summary(self, unlabelled: int) -> IngestSummary:
        store = self.store
        [counts] = store.records("from_lake/counts")
        [totals] = store.records("store/coverage_totals")
        [(left,)] = store.run("from_lake/left_in_lake")
        return IngestSummary(
            **counts,
            rejected=dict(store.run("from_lake/reasons")),
            containers=dict(store.run("from_lake/containers")),
            **totals,
            unlabelled=unlabelled,
            left_in_lake=left,
        )


def _rows(store: Store, name: str, parameters: Mapping[str, object] | None = None) -> pa.RecordBatchReader:
    return store.stream(statement(name), parameters or {})[1]
