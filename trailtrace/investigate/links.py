"""The stored links, ends and uses that chains are read from, each asked of the store once.

For many uses, `read_ahead` fetches all that their chains lead to with a few statements.
"""

from collections.abc import Iterable
from typing import Any

from trailtrace.model import Evidence
from trailtrace.store import Store

Record = dict[str, Any]


class Links:
    """What a store says about uses and the calls that issued them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._origins: dict[str, Record] = {}
        self._uses: dict[str, Record | None] = {}
        self._candidates: dict[str, list[Record]] = {}
        self._files: dict[int, Record] = {}

    def read_ahead(self, use_ids: Iterable[str]) -> None:
        """Reads some uses and everything their chains may lead to."""
        known: set[str] = set()
        more = set(use_ids)
        while more:
            known |= more
            rows = self._store.records("answers/callers_of_uses", {"use_ids": sorted(more)})
            more = {row["use_id"] for row in rows} - known
        found = sorted(known)
        self._read_candidates(found)
        self._read_origins(found)
        self._read_uses(found)
        records = [record for rows in self._candidates.values() for row in rows for record in row["evidence"]]
        self._read_files(records)

    def origin(self, use_id: str) -> Record:
        """Where the chain of a use, or of an issuance never used, ends."""
        self._read_origins([use_id])
        return self._origins[use_id]

    def use(self, use_id: str) -> Record | None:
        """The use itself; None for an issuance never used."""
        return self.uses([use_id])[0]

    def uses(self, use_ids: list[str]) -> list[Record | None]:
        """The uses themselves; None for an issuance never used."""
        self._read_uses(use_ids)
        return [self._uses[use_id] for use_id in use_ids]

    def candidates(self, use_id: str) -> list[Record]:
        """The kept links of a use with their issuances."""
        self._read_candidates([use_id])
        return self._candidates[use_id]

    def caller_origin(self, issuance_id: str) -> Record:
        """The origin of an issuance's caller that is no session or user of these logs."""
        return self._store.records("answers/caller_origin", {"issuance_id": issuance_id})[0]

    def evidence(self, records: list[Record]) -> list[Evidence]:
        """The records of a call, each with its place."""
        self._read_files(records)
        return [evidence(record, self._files) for record in records]

    def _read_candidates(self, use_ids: list[str]) -> None:
        wanted = [use_id for use_id in use_ids if use_id not in self._candidates]
        self._candidates |= {use_id: [] for use_id in wanted}
        for row in self._asked("answers/candidates", wanted):
            self._candidates[row["use_id"]].append(row)

    def _read_origins(self, use_ids: list[str]) -> None:
        wanted = [use_id for use_id in use_ids if use_id not in self._origins]
        self._origins |= {row["use_id"]: row for row in self._asked("answers/origin", wanted)}

    def _read_uses(self, use_ids: list[str]) -> None:
        wanted = [use_id for use_id in use_ids if use_id not in self._uses]
        self._uses |= dict.fromkeys(wanted)
        self._uses |= {row["use_id"]: row for row in self._asked("answers/use", wanted)}

    def _asked(self, name: str, use_ids: list[str]) -> list[Record]:
        return self._store.records(name, {"use_ids": use_ids}) if use_ids else []

    def _read_files(self, records: list[Record]) -> None:
        wanted = sorted({record["file_id"] for record in records} - self._files.keys())
        if wanted:
            for row in self._store.records("answers/evidence_files", {"file_ids": wanted}):
                self._files[row["file_id"]] = row


def evidence(record: Record, files: dict[int, Record]) -> Evidence:
    """A record's place, given the rows of its files by id."""
    file = files[record["file_id"]]
    return Evidence(
        record["event_id"],
        record["recipient_account_id"],
        file["uri"],
        record["record"],
        file["sha256"],
        file["integrity"],
    )
