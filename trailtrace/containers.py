"""How records are wrapped: recognises a container by its content and unwraps it.

Bytes go in; whole documents of raw records, rejects and not-events come out. A record is cut out,
never interpreted: that is SQL's work (`queries/store/normalise.sql`). The container names are
those of `docs/formats.md`.
"""

import base64
import binascii
import itertools
import re
from collections.abc import Mapping
from dataclasses import replace

import msgspec

from trailtrace.columnar import MAGIC, ColumnarError, holds_ocsf, record_texts
from trailtrace.documents import UNREADABLE
from trailtrace.from_elastic import record_text as record_of_elastic
from trailtrace.gzipped import LIMITS, STOPPED, Limits, decompress
from trailtrace.lines import RECORD_LINE, line_documents
from trailtrace.members import (
    all_named,
    beside,
    inner,
    is_record,
    looks_like_record,
    not_event,
    originals,
    tells_its_record,
)
from trailtrace.ocsf import ocsf_event, ocsf_rows
from trailtrace.salvage import RECORD_START, Cut, Piece, json_values, record_starts
from trailtrace.tables import TableError, lake_rows, original_records
from trailtrace.trail import TRAIL_START, trail_documents
from trailtrace.translation import NoRecordError
from trailtrace.unwrapped import RecordCollector, Unwrapped

MAX_WRAPPERS = 6
"""Deepest nesting of wrappers that is searched for records."""

UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


_TRAIL_STARTS = re.compile(rb'\{\s*"Records"\s*:\s*\[')
# The array of records in what may be cut off behind it: bare, or a member of a wrapper.
_ARRAY_START = re.compile(
    rb'\s*(?:\[(?=\s*(?:[]\[{"\d-]|null|true|false|$))|\{(?!\s*"eventVersion").{0,2000}?'
    rb'(?:"(Records)"\s*:\s*\[|"(Events|logEvents|events|hits)"\s*:\s*\[(?=\s*\{)))',
    re.DOTALL,
)
_ARRAY_END = re.compile(rb"[\s,:]*\]")
_ARRAYS = {
    b"": "array",
    b"Records": "trail",
    b"Events": "lookup_events",
    b"logEvents": "cloudwatch_subscription",
    b"events": "cloudwatch_export",
    b"hits": "elastic",
}
_EXPORT_LINE = re.compile(rb"\s*\d{4}-\d\d-\d\dT[0-9:.]+Z\s+(?=\{)")
_OBJECT: msgspec.json.Decoder[dict[str, msgspec.Raw]] = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ARRAY: msgspec.json.Decoder[list[msgspec.Raw]] = msgspec.json.Decoder(list[msgspec.Raw])
_LAKE_RESULTS = ("QueryResultRows", "QueryResults")
_STRING: msgspec.json.Decoder[str] = msgspec.json.Decoder(str)
_VALUE: msgspec.json.Decoder[msgspec.Raw] = msgspec.json.Decoder(msgspec.Raw)


def unwrap(data: bytes, limits: Limits = LIMITS) -> tuple[str, list[Unwrapped]]:
    """The container's name and its documents, rejects and not-events, in file order."""
    data = data.removeprefix(UTF8_MARK)
    if not data or data.isspace():
        return "empty", []
    if data[: len(MAGIC)] == MAGIC:
        return _columnar(data, limits)
    documents = trail_documents(data)
    if documents is not None:
        return "trail", documents
    if RECORD_LINE.match(data) and (documents := line_documents(data)) is not None:
        return "ndjson", documents
    records = RecordCollector(limits)
    if TRAIL_START.match(data) and data.count(b'"Records"') == 1:
        _pieces(data, records, "trail" if _is_text(data) else "concatenated", 0)
    else:
        _root(data, records)
    records.close()
    return records.container or "unrecognised", records.out


def _columnar(data: bytes, limits: Limits) -> tuple[str, list[Unwrapped]]:
    records = RecordCollector(limits)
    try:
        if holds_ocsf(data):
            ocsf_rows(data, records)
        else:
            records.container = "parquet"
            for text in record_texts(data, limits):
                _element(text, records, "parquet", 0)
    except ColumnarError as error:
        records.damage(error.reason, str(error))
    records.close()
    return records.container or "parquet", records.out


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _root(data: bytes, records: RecordCollector) -> None:
    """The root of a file that is not a plain trail file."""
    first = data.lstrip()[:1]
    if first in (b"{", b"["):
        if not _is_value(data):
            _lines_or_pieces(data, records)
        elif first == b"{":
            _element(data, records, "record", 0)
        else:
            _element(data, records, "array", 0)
            records.container = records.container or "array"
    elif RECORD_START.search(data) and not _EXPORT_LINE.match(data):
        _lines_or_pieces(data, records)  # its first bytes are damaged
    elif _EXPORT_LINE.match(data):
        for line in data.splitlines():
            if line.strip():
                _element(_EXPORT_LINE.sub(b"", line, count=1), records, "cloudwatch_export", 0)
    elif first.isalpha() or first in (b'"', b"_", b"@"):
        _table(data, records)
    elif data.startswith(_UTF16_MARKS):
        records.reject("not_json", "the file is UTF-16: save it as UTF-8", data)
    else:
        records.reject("not_json", "the file is neither JSON nor a known export", data)


def _lines_or_pieces(data: bytes, records: RecordCollector) -> None:
    lines = [line for line in data.splitlines() if line.strip()]
    # A damaged line must not hide that the others are records.
    if len(lines) > 1 and not _ARRAY_START.match(data) and any(_is_value(line) for line in lines[:3]):
        for line in lines:
            _element(line, records, "ndjson", 0)
    else:
        _pieces(data, records, "concatenated", 0)


def _pieces(text: bytes, records: RecordCollector, container: str, depth: int) -> None:
    """Values one behind the other, with or without something between them."""
    if depth == 0 and TRAIL_START.match(text) and len(_TRAIL_STARTS.findall(text)) == 1:
        first = next(json_values(text))
        if not _is_value(first.text):
            # Where it ends cannot be told by its brackets: one of them, or a quote, may be lost.
            _damaged(Cut(first.piece, 0, text), records, container, depth)
            return
    for cut in json_values(text):
        _piece(cut, records, container, depth)


def _piece(cut: Cut, records: RecordCollector, container: str, depth: int) -> None:
    match cut.piece:
        case Piece.VALUE:
            _element(cut.text, records, container, depth)
        case Piece.CUT_OFF:
            _damaged(cut, records, container, depth)
        case Piece.JUNK:
            records.reject("not_json", f"text at byte {cut.start} is not JSON", cut.text)


def _damaged(cut: Cut, records: RecordCollector, container: str, depth: int) -> None:
    """A value that does not parse: the records that can be read in it; else it is a bad record."""
    raw = cut.text
    array = _ARRAY_START.match(raw) if depth < MAX_WRAPPERS else None
    if array is not None:
        name = _ARRAYS[next(filter(None, array.groups()), b"")]
        records.container = records.container or name
        _elements(raw, array.end(), records, name, depth + 1)
    elif len(starts := record_starts(raw, 0)) > 1:
        # A bracket or quote is lost, so that one record swallows the next: each starts anew.
        for begin, end in itertools.pairwise(sorted({0, *starts, len(raw)})):
            first = next(json_values(raw[begin:end]))
            if first.piece is Piece.VALUE:
                _element(first.text, records, container, depth)
            else:
                records.reject("invalid_json", "not valid JSON: a bracket or quote is lost", first.text)
    elif cut.piece is Piece.CUT_OFF:
        records.container = records.container or container
        detail = f"the text ends inside the record that starts at byte {cut.start}"
        records.reject("truncated_json", detail, raw)
    else:
        records.add(raw, container)


def _elements(raw: bytes, start: int, records: RecordCollector, container: str, depth: int) -> None:
    """The elements of an array that is damaged somewhere or cut off."""
    *firsts, last = [start, *record_starts(raw, start)]
    # A lost bracket or quote turns what is text and what is not around: each record starts anew.
    for begin, stop in itertools.pairwise([*firsts, last]):
        for part in json_values(raw[begin:stop]):
            if part.piece is Piece.CUT_OFF:
                records.reject("invalid_json", "not valid JSON: a bracket or quote is lost", part.text)
            elif part.text.strip(b"]} ,\t\r\n"):
                _piece(replace(part, start=begin + part.start), records, container, depth)
    start = last
    end = start
    cut = None
    for cut in json_values(raw, start, inside=True):
        _piece(cut, records, container, depth)
        end = cut.start + len(cut.text)
    if cut is not None and cut.piece is Piece.CUT_OFF:
        return
    closed = _ARRAY_END.match(raw, end)
    if closed is None:
        records.damage("truncated_json", "the text ends before its array of records does")
    elif cut is None:
        records.damage("invalid_json", "no record can be read in its array of records")
    # Behind the array its wrapper goes on, or a bracket too many ended it early.
    for cut in json_values(raw, end if closed is None else closed.end()):
        if cut.text[:1] == b"{":
            _piece(cut, records, container, depth)


def _is_value(text: bytes) -> bool:
    try:
        _VALUE.decode(text)
    except UNREADABLE:
        return False
    return True


def _element(raw: bytes, records: RecordCollector, container: str, depth: int) -> None:
    """One JSON value that should be a record or wrap some."""
    first = raw.lstrip()[:1]
    if depth > MAX_WRAPPERS:
        records.reject("too_deep", f"more than {MAX_WRAPPERS} wrappers around it", raw)
        return
    if RECORD_LINE.match(raw) or first not in (b"{", b"["):
        _record(raw, records, container, depth)
        return
    try:
        if first == b"[":
            elements = _ARRAY.decode(raw)
        else:
            members = _OBJECT.decode(raw)
    except UNREADABLE:
        _unreadable(raw, records, container, depth)
        return
    if first == b"{":
        _object(raw, members, records, container, depth)
    elif elements or depth == 0:
        for element in elements:
            _element(bytes(element), records, container, depth + 1)
    else:
        _record(raw, records, container, depth)


def _record(raw: bytes, records: RecordCollector, container: str, depth: int) -> None:
    if _is_value(raw):
        records.add(raw, container)
    else:
        _unreadable(raw, records, container, depth)


def _unreadable(raw: bytes, records: RecordCollector, container: str, depth: int) -> None:
    """Text that should be one value and is not: several, or a damaged one."""
    match list(itertools.islice(json_values(raw), 2)):
        case []:
            records.reject("invalid_json", "no JSON value where a record should be", raw)
        case [cut]:
            _damaged(cut, records, container, depth)
        case _:
            _pieces(raw, records, container, depth)


def _object(
    raw: bytes, members: dict[str, msgspec.Raw], records: RecordCollector, container: str, depth: int
) -> None:
    """One JSON object: a wrapper that is recognised by its members, or a record."""
    keys = members.keys()

    def named(name: str) -> list[msgspec.Raw]:
        return all_named(name, raw, members)

    if is_record(keys) and not tells_its_record(raw, members, "_raw"):
        _record(raw, records, container, depth)
        for value in inner(raw, members):
            _element(value, records, container, depth + 1)
    elif "CloudTrailEvent" in keys:
        _texts(named("CloudTrailEvent"), records, "lookup_events", depth)
    elif "detail-type" in keys and "detail" in keys:
        _values(named("detail"), records, "eventbridge", depth)
    elif (kind := not_event(raw, members)) is not None:
        records.not_event(kind)
    elif "messageType" in keys:
        _arrays("logEvents", raw, members, records, "cloudwatch_subscription", depth)
    elif "awslogs" in keys:
        for value in named("awslogs"):
            _awslogs(bytes(value), records, depth)
    elif "Records" in keys:
        records.container = records.container or ("trail" if depth == 0 else container)
        _arrays("Records", raw, members, records, records.container, depth)
    elif "Events" in keys and b"CloudTrailEvent" in raw:
        _arrays("Events", raw, members, records, "lookup_events", depth)
    elif (
        "Events" in keys and "NextToken" not in keys and bytes(members["Events"]) == b"[]" and not beside(raw)
    ):
        records.container = records.container or "lookup_events"
    elif "events" in keys and b'"message"' in raw:
        _arrays("events", raw, members, records, "cloudwatch_export", depth)
    elif "message" in keys and "timestamp" in keys:
        _texts(named("message"), records, container, depth)
    elif "_raw" in keys:
        _texts(named("_raw"), records, "splunk", depth)
    elif "result" in keys and b'"_raw"' in raw:
        _values(named("result"), records, "splunk", depth)
    elif "hits" in keys:
        _values(named("hits"), records, "elastic", depth)
    elif "_source" in keys:
        for value in named("_source"):
            _elastic(bytes(value), records, depth)
    elif "_index" in keys and "fields" in keys:
        _elastic(bytes(members["fields"]), records, depth)
    elif "class_uid" in keys:
        ocsf_event(raw, records)
    elif not keys.isdisjoint(_LAKE_RESULTS):
        for name in _LAKE_RESULTS:
            for value in named(name):
                _lake_result(bytes(value), records, depth)
    elif looks_like_record(keys):
        _record(raw, records, container, depth)
    elif "attributes" in keys and b'"eventName"' in raw:
        _values(named("attributes"), records, "datadog", depth)
    elif not _descend(raw, records, depth):
        if depth == 0 and container == "record":
            records.reject("unrecognised", "no CloudTrail record in this JSON object", raw)
        else:
            _record(raw, records, container, depth)


def _descend(raw: bytes, records: RecordCollector, depth: int) -> bool:
    """Searches an unknown wrapper; true if any member was worth looking into."""
    worth = beside(raw) if depth < MAX_WRAPPERS else []
    for value in worth:
        _element(value, records, "nested", depth + 1)
    return bool(worth)


def _arrays(
    name: str,
    raw: bytes,
    members: Mapping[str, msgspec.Raw],
    records: RecordCollector,
    container: str,
    depth: int,
) -> None:
    """The arrays of a wrapper, which must have one, and the records that stand beside them."""
    arrays = all_named(name, raw, members)
    if not arrays:
        records.reject("unrecognised", f"it looks like {container} and has no {name}", raw)
    for array in arrays:
        _each(array, records, container, depth)
    if len(members) > 1:
        for value in beside(raw, name):
            _element(value, records, "nested", depth + 1)


def _values(values: list[msgspec.Raw], records: RecordCollector, container: str, depth: int) -> None:
    for value in values:
        _element(bytes(value), records, container, depth + 1)


def _each(array: msgspec.Raw, records: RecordCollector, container: str, depth: int) -> None:
    raw = bytes(array)
    try:
        elements = _ARRAY.decode(raw)
    except UNREADABLE:
        records.reject("unrecognised", f"the {container} member with the records is no array", raw)
        return
    for element in elements:
        _element(bytes(element), records, container, depth + 1)


def _texts(texts: list[msgspec.Raw], records: RecordCollector, container: str, depth: int) -> None:
    for text in texts:
        _text_record(text, records, container, depth)


def _text_record(text: msgspec.Raw, records: RecordCollector, container: str, depth: int) -> None:
    """A record that its wrapper holds as a JSON string."""
    try:
        inner = _STRING.decode(text).encode()
        _VALUE.decode(inner)
    except UNREADABLE as error:
        detail = f"the {container} item holds no JSON text: {error}"
        records.container = records.container or container
        records.reject("invalid_json", detail, bytes(text))
        return
    _element(inner, records, container, depth + 1)


def _elastic(source: bytes, records: RecordCollector, depth: int) -> None:
    records.container = records.container or "elastic"
    if texts := originals(source):
        _texts(texts, records, "elastic", depth)
        return
    try:
        records.add(record_of_elastic(msgspec.json.decode(source)), "elastic")
    except NoRecordError as error:
        records.reject(error.reason, str(error), source)
    except UNREADABLE as error:
        records.reject("invalid_json", f"the Elastic document is not valid JSON: {error}", source)


def _lake_result(raw: bytes, records: RecordCollector, depth: int) -> None:
    records.container = records.container or "lake"
    try:
        rows = lake_rows(raw)
    except UNREADABLE:
        records.reject("unrecognised", "the rows of the CloudTrail Lake result are no arrays of objects", raw)
        return
    for row in rows:
        texts = [value for name, value in row if name == "eventjson"]
        _texts(texts, records, "lake", depth)
        if not texts:
            detail = "a CloudTrail Lake result without the original record: select eventjson"
            records.reject("no_original_record", detail, msgspec.json.encode(dict(row)))


def _awslogs(raw: bytes, records: RecordCollector, depth: int) -> None:
    """The payload a Lambda function gets from a CloudWatch Logs subscription."""
    try:
        data = base64.b64decode(_STRING.decode(_OBJECT.decode(raw)["data"]), validate=True)
    except (*UNREADABLE, KeyError, binascii.Error, ValueError):
        records.reject("unrecognised", "awslogs.data is not base64", raw)
        return
    payload, damage = decompress(data, records.limits)
    if damage is not None:
        why = records.limits.exceeded(damage) if damage in STOPPED else "it cannot be unpacked"
        records.reject(damage, f"awslogs.data, of which nothing is read: {why}", raw)
        return
    _element(payload, records, "cloudwatch_subscription", depth + 1)


def _table(data: bytes, records: RecordCollector) -> None:
    try:
        for cell in original_records(data):
            _element(cell, records, "csv", 0)
    except TableError as error:
        records.reject(error.reason, str(error), data)
