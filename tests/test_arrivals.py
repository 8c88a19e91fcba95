"""However records come in, by one ingest or many and in any order, the store says the same of them.

Facts are brought up to date by what is new, and links and origins where that can be seen from, so this
is the law that keeps them true. Evidence is compared by the id of its event, since file numbers tell of
arrival.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
import yaml
from case_records import CaseRecords, Record
from conftest import changed
from hypothesis import given, settings
from hypothesis import strategies as st

from trailtrace import derive
from trailtrace.ingest import ingest
from trailtrace.sources import SourceObject
from trailtrace.store import Store, memory_store

CASES = sorted((Path(__file__).parent / "cases").glob("*.yml"))

DERIVED = [
    "records_apart", "uses", "issuing_calls", "issuances", "resource_events", "copies", "links", "origins",
    "caller_origins",
]  # fmt: skip


def source(records: Sequence[Record]) -> SourceObject:
    content = json.dumps({"Records": records}).encode()
    return SourceObject(f"{abs(hash(content))}.json", len(content), lambda: content)


def loaded(ingests: Iterable[Sequence[Sequence[Record]]]) -> Store:
    """A store after these ingests of files of records."""
    store = memory_store()
    for files in ingests:
        ingest(store, [source(records) for records in files])
    return store


def loaded_in_part(ingests: Iterable[Sequence[Record]]) -> Store:
    """As `loaded`, a file an ingest; what new records touch is followed however much of the store it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(derive, "WHOLE_SHARE", float("inf"))
        return loaded([records] for records in ingests)


def derived(store: Store) -> dict[str, list[str]]:
    """The rows of every derived table, places given by event id and account."""
    connection = store._connection
    events = {
        (file_id, record): (event_id, account)
        for file_id, record, event_id, account in connection.execute(
            "select file_id, record, event_id, recipient_account_id from records"
        ).fetchall()
    }
    tables = {}
    for table in DERIVED:
        result = connection.table(table)
        rows = [dict(zip(result.columns, row, strict=True)) for row in result.fetchall()]
        tables[table] = sorted(str(_placed(row, events)) for row in rows)
    return tables


def _placed(row: dict[str, Any], events: dict[tuple[int, int], tuple[str, str]]) -> dict[str, Any]:
    if "record" in row:
        row["place"] = events[row.pop("file_id"), row.pop("record")]
    if "evidence" in row:
        row["evidence"] = sorted(str(_placed(place, events)) for place in row["evidence"])
    return row


def differing(some: dict[str, list[str]], others: dict[str, list[str]]) -> dict[str, Any]:
    return {
        table: {
            "only here": sorted(set(some[table]) - set(others[table]))[:3],
            "only there": sorted(set(others[table]) - set(some[table]))[:3],
        }
        for table in DERIVED
        if some[table] != others[table]
    }


def records_of(path: Path) -> list[Record]:
    return CaseRecords(yaml.safe_load(path.read_text(encoding="utf-8"))["records"]).records


@pytest.mark.parametrize("half", [0, 1])
def test_every_case_is_told_by_two_halves_as_by_one_load(half: int) -> None:
    # The cases share users and keys, so that halves loaded together also disturb each other.
    cases = [records_of(path) for path in CASES]
    halves = [
        [record for records in cases for number, record in enumerate(records) if number % 2 == kept]
        for kept in (half, 1 - half)
    ]
    with loaded_in_part(halves) as parts, loaded([[halves[0] + halves[1]]]) as whole:
        assert differing(derived(parts), derived(whole)) == {}


@pytest.mark.parametrize("direction", [1, -1], ids=["forward", "backward"])
def test_every_case_is_told_record_by_record_as_by_one_load(direction: int) -> None:
    # The nth ingest has the nth record of each case, the last one all that follow.
    cases = [records_of(path)[::direction] for path in CASES]
    turns = [[record for record in some if record] for some in zip_longest(*cases)]
    everything = [record for records in turns for record in records]
    ingests = [*turns[:9], [record for records in turns[9:] for record in records]]
    with loaded_in_part(ingests) as parts, loaded([[everything]]) as whole:
        assert differing(derived(parts), derived(whole)) == {}


OTHER = {
    "eventTime": "2026-05-01T09:00:01Z",
    "requestID": "an-other-request",
    "userIdentity.accessKeyId": "ASIAQ3EGUXWYABCDEFGH",
    "userIdentity.arn": "arn:aws:sts::111111111111:assumed-role/Other/other",
    "userIdentity.sessionContext.sourceIdentity": "mallory",
    "userIdentity.onBehalfOf": {
        "userId": "u-2",
        "identityStoreArn": "arn:aws:identitystore::1:identitystore/d-2",
    },
    "responseElements.sourceIdentity": "mallory",
}
"""What a second record may say otherwise: all of it is read by facts."""


def otherwise(record: Record, path: str, event_id: str) -> Iterator[Record]:
    """The record with another content, if it has the parent of that member."""
    *parents, _ = path.split(".")
    parent: Any = record
    for step in parents:
        parent = parent.get(step)
        if not isinstance(parent, dict):
            return
    yield changed(changed(record, path, OTHER[path]), "eventID", event_id)


@pytest.mark.parametrize("path", OTHER)
@pytest.mark.parametrize("event", ["of the same id", "of another id"])
def test_what_a_later_record_says_otherwise_counts(path: str, event: str) -> None:
    lines = [
        "09:00 user/alice assumes role/Deploy as ci identified as alice -> K1",
        "09:05 K1 calls s3 GetObject",
    ]
    early = CaseRecords(lines).records
    late = [
        other
        for record in early
        for other in otherwise(record, path, record["eventID"] if event == "of the same id" else "other")
    ]
    with loaded([[early], [late]]) as parts, loaded([[late + early]]) as whole:
        assert differing(derived(parts), derived(whole)) == {}
        with loaded([[early]]) as before:
            assert differing(derived(parts), derived(before)) != {}


@st.composite
def arrivals(draw: st.DrawFn) -> list[list[Record]]:
    """Records of a few cases, some twice, some told otherwise, dealt out to ingests."""
    cases = draw(st.lists(st.sampled_from(CASES), min_size=1, max_size=3, unique=True))
    random = draw(st.randoms(use_true_random=False))
    records = [record for path in cases for record in records_of(path)]
    dealt = list(records)
    for number, record in enumerate(records):
        if random.random() < 0.2:
            dealt.append(record)
        path = random.choice([*OTHER, None, None])
        if path:
            # Under its own id the other content is a contradiction.
            event_id = random.choice([record["eventID"], f"other-{number}"])
            dealt.extend(otherwise(record, path, event_id))
    random.shuffle(dealt)
    ingests: list[list[Record]] = [[] for _ in range(draw(st.integers(2, 6)))]
    for record in dealt:
        random.choice(ingests).append(record)
    return ingests


@settings(max_examples=15, deadline=None)
@given(arrivals())
def test_any_split_in_any_order_gives_what_one_load_gives(ingests: list[list[Record]]) -> None:
    everything = [record for records in ingests for record in records]
    with loaded_in_part(ingests) as parts, loaded([[everything]]) as whole:
        assert differing(derived(parts), derived(whole)) == {}
