"""What is promised of any file: its ledger is exact, and no good record of it is lost."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any

from fuzzing.made import Made
from trailtrace.containers import unwrap
from trailtrace.documents import MixedDocument, PlainDocument
from trailtrace.ingest import ingest
from trailtrace.sources import SourceObject
from trailtrace.store import memory_store
from trailtrace.unwrapped import Rejected


class LostError(AssertionError):
    """A promise was broken."""


def check_unwrapped(made: Made) -> None:
    """What `unwrap` gives counts every record once, in order, and has all the good ones."""
    _, items = unwrap(made.data)
    last = 0
    found: Counter[str] = Counter()
    for item in items:
        match item:
            case PlainDocument() | MixedDocument():
                if item.first_record <= last or len(item) < 1:
                    raise LostError(f"document of {len(item)} at {item.first_record} behind {last}")
                last = item.first_record + len(item) - 1
                if made.good:
                    found.update(_ids(item))
            case Rejected(record=0):
                pass
            case _:
                if item.record <= last:
                    raise LostError(f"{item} behind {last}")
                last = item.record
    lost = [each for each in made.good if found[each] != 1]
    if lost:
        raise LostError(f"{made.how}: found {[(each, found[each]) for each in lost]}")


def _ids(item: PlainDocument | MixedDocument) -> list[str]:
    if isinstance(item, PlainDocument):
        values = json.loads(bytes(item.text))
        if len(values) != len(item):
            raise LostError(f"a document of {len(item)} holds {len(values)} records")
    else:
        values = list(map(_loaded, _texts(item)))
    return [str(value.get("eventID")) for value in values if isinstance(value, dict) and "eventName" in value]


def _texts(item: MixedDocument) -> list[bytes]:
    if len(item.offsets) != len(item) + 1:
        raise LostError(f"a document of {len(item)} has {len(item.offsets)} offsets")
    return [item.text[start:end] for start, end in zip(item.offsets, item.offsets[1:], strict=False)]


def _loaded(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def check_loaded(files: Sequence[Made]) -> None:
    """A store of the files: every ledger is exact, every good record is an event of its file."""
    sources = [
        SourceObject(str(number), len(made.data), partial(bytes, made.data))
        for number, made in enumerate(files)
    ]
    with memory_store() as store:
        ingest(store, sources)
        connection = store._connection
        off = connection.execute("""
            select files.uri, files.read, kept, duplicate, rejected, not_events, in_events, in_rejects
            from files
            left join (select file_id, count(*) as in_events from events group by all) using (file_id)
            left join (select file_id, count(*) as in_rejects from rejects group by all) using (file_id)
            where read <> kept + duplicate + rejected + not_events
                or kept <> coalesce(in_events, 0) or rejected <> coalesce(in_rejects, 0)
        """).fetchall()
        if off:
            raise LostError(f"ledger: {off[:3]}")
        kept = Counter(
            (uri, event_id)
            for uri, event_id in connection.execute(
                "select uri, event_id from events join files using (file_id) where event_id like 'good-%'"
            ).fetchall()
        )
    for number, made in enumerate(files):
        for each in made.good:
            if kept[str(number), each] != 1:
                raise LostError(f"{made.how}, file {number}: {each} was kept {kept[str(number), each]} times")
