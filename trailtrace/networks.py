"""Lists of networks: reads them from files, and puts them into a store, which labels addresses by them."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Any

from trailtrace.configuration import network_text, read_settings
from trailtrace.errors import UsageError
from trailtrace.labels import label_addresses, opened
from trailtrace.migration import migrate
from trailtrace.names import NetworkList
from trailtrace.store import Store
from trailtrace.writing import writing

OWN, AWS = "own", "aws"
"""Lists of networks; those of databases are named by their kinds, such as GeoLite2-City."""

MOST_BYTES = 1024**3
"""Of a file. The largest databases of cities have some hundred million."""

PART_BYTES = 8 * 1024**2
"""Of a database are written and read at a time."""

NETWORK_COLUMNS = ("network", "cidr", "prefix")
NAME_COLUMNS = ("name", "label")

LONGEST_NAME = 120

_MMDB = b"\xab\xcd\xefMaxMind.com"
_MMDB_END = 128 * 1024
"""The metadata of a database are in its last bytes: https://maxmind.github.io/MaxMind-DB/."""


@dataclass(frozen=True, slots=True)
class Ranges:
    """Networks of a list: `(network, name, AWS Region or None)`."""

    name: str
    sha256: str
    networks: tuple[tuple[str, str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Database:
    """A .mmdb file."""

    name: str
    """Its kind, as it says itself."""
    sha256: str
    path: Path


@dataclass(frozen=True, slots=True)
class Labelled:
    """What became of lists of networks."""

    lists: tuple[str, ...]
    addresses: int
    """Distinct source addresses in the store."""
    labelled: int
    """Of these have a label now."""
    unlabelled: int = 0
    """Of these keep the labels they had, for want of what reads a .mmdb file that the store holds."""


def read_list(path: Path) -> Ranges | Database:
    """A list of networks, by what is in the file.

    AWS's `ip-ranges.json` (https://docs.aws.amazon.com/vpc/latest/userguide/aws-ip-ranges.html), a database
    in MaxMind's format, a CSV with a header of which `network` and `name` are read, or the `[networks]` of
    a `trailtrace.toml`. Raises UsageError, with the line, for what is none of these or names no network,
    and MissingExtraError where a database cannot be read for want of maxminddb.
    """
    read = _read(path)
    if isinstance(read, Ranges) and not read.networks:
        raise UsageError(f"{path}: names no network: `trailtrace networks forget {read.name}` empties a list")
    if isinstance(read, Database) and read.name in ("", OWN, AWS):
        raise UsageError(f"{path}: calls itself {read.name!r}: a database is named by its kind")
    return read


def _read(path: Path) -> Ranges | Database:
    if path.suffix == ".toml":
        own = read_settings(path).networks
        named = tuple((cidr, network.name, None) for network in own for cidr in network.cidrs)
        return Ranges(OWN, _sha256(path), named)
    size, end = _size_and_end(path)
    if size > MOST_BYTES:
        raise UsageError(f"{path}: more than {MOST_BYTES // 1024**2} MiB: no list of networks is so long")
    if _MMDB in end:
        with opened(path) as reader:
            kind = reader.metadata().database_type
        return Database(str(kind)[:LONGEST_NAME], _sha256(path), path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{path}: neither UTF-8 text nor a .mmdb file") from None
    if text.lstrip()[:1] == "{":
        return Ranges(AWS, _sha256(path), tuple(_of_aws(path, text)))
    return Ranges(OWN, _sha256(path), tuple(_of_csv(path, text)))


def note(path: Path, lists: Sequence[Ranges | Database], waiting: Callable[[str], None]) -> Labelled:
    """Puts lists in the place of earlier ones of the same name and labels all addresses anew.

    Raises UsageError for two lists of one name, of which only one could stay.
    """
    for name, times in Counter(each.name for each in lists).items():
        if times > 1:
            raise UsageError(f"{times} files are the list {name}: put them into one, or give one of them")

    def change(store: Store) -> None:
        for each in lists:
            _forget(store, each.name)
            _write(store, each)

    return _changed(path, change, waiting)


def forget(path: Path, name: str, waiting: Callable[[str], None]) -> Labelled:
    """Takes a list out again. Raises UsageError where there is none of that name."""

    def change(store: Store) -> None:
        held = [each.name for each in lists_of(store)]
        if name not in held:
            raise UsageError(f"{name}: no such list of networks: there are {', '.join(held) or 'none'}")
        _forget(store, name)

    return _changed(path, change, waiting)


def lists_of(store: Store) -> tuple[NetworkList, ...]:
    """The lists that a store holds, by name."""
    return tuple(NetworkList(**row) for row in store.records("store/network_lists"))


def _changed(path: Path, change: Callable[[Store], None], waiting: Callable[[str], None]) -> Labelled:
    with writing(path, waiting) as writer, writer.replaced(migrate) as store:
        with store.transaction():
            change(store)
            unlabelled = label_addresses(store, anew=True)
        [(addresses, labelled)] = store.run("store/count_addresses")
        return Labelled(tuple(each.name for each in lists_of(store)), addresses, labelled, unlabelled)


def _forget(store: Store, name: str) -> None:
    store.run("store/forget_networks", {"name": name})
    store.run("store/forget_geography", {"name": name})
    store.run("store/forget_network_list", {"name": name})


def _write(store: Store, each: Ranges | Database) -> None:
    import pyarrow as pa

    entries = 0
    if isinstance(each, Ranges):
        entries = len(each.networks)
        rows = [
            {"list": each.name, "cidr": cidr, "name": name, "aws_region": region}
            for cidr, name, region in each.networks
        ]
        schema = pa.schema([(name, pa.string()) for name in ("list", "cidr", "name", "aws_region")])
        store.fill("store/add_networks", pa.Table.from_pylist(rows, schema))
    else:
        with each.path.open("rb") as file:
            part = 0
            while data := file.read(PART_BYTES):
                store.run("store/add_geography", {"name": each.name, "part": part, "data": data})
                part += 1
    store.run("store/add_network_list", {"name": each.name, "sha256": each.sha256, "entries": entries})


def _size_and_end(path: Path) -> tuple[int, bytes]:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _MMDB_END))
            return size, file.read()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}: give a file with networks") from None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _of_aws(path: Path, text: str) -> Iterator[tuple[str, str, str | None]]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not JSON: {error}") from None
    v4, v6 = value.get("prefixes"), value.get("ipv6_prefixes")
    if not isinstance(v4, list) or not isinstance(v6, list):
        raise UsageError(f"{path}: no prefixes in it: give https://ip-ranges.amazonaws.com/ip-ranges.json")
    for member, key in (*zip(v4, repeat("ip_prefix")), *zip(v6, repeat("ipv6_prefix"))):
        fields: dict[str, Any] = member if isinstance(member, dict) else {}
        cidr, service, region = fields.get(key), fields.get("service"), fields.get("region")
        if not isinstance(service, str) or not isinstance(region, str):
            raise UsageError(f"{path}: a prefix without service and region")
        yield _network(str(path), cidr), _name(str(path), service), _name(str(path), region)


def _of_csv(path: Path, text: str) -> Iterator[tuple[str, str, str | None]]:
    head = text.partition("\n")[0]
    rows = csv.DictReader(text.splitlines(keepends=True), delimiter=max(",;\t", key=head.count), strict=True)
    try:
        columns = {re.sub(r"[\s_-]", "", name or "").lower(): name for name in rows.fieldnames or ()}
        network = next((columns[name] for name in NETWORK_COLUMNS if name in columns), None)
        name = next((columns[name] for name in NAME_COLUMNS if name in columns), None)
        if network is None or name is None:
            raise UsageError(f"{path}: no columns network and name in its first line: name the columns there")
        for row in rows:
            at = f"{path}, line {rows.line_num}"
            if any(re.search(r"[\r\n]", str(value)) for value in row.values()):
                raise UsageError(f"{at}: a value of several lines: close the quote that opens it")
            yield _network(at, (row[network] or "").strip()), _name(at, (row[name] or "").strip()), None
    except csv.Error as error:
        raise UsageError(f"{path}, line {rows.reader.line_num}: not CSV: {error}") from None


def _network(at: str, text: Any) -> str:
    try:
        return network_text(text if isinstance(text, str) else "")
    except ValueError as error:
        raise UsageError(f"{at}: not a network: {error}: write it as 192.0.2.0/24") from None


def _name(at: str, text: str) -> str:
    if not text or len(text) > LONGEST_NAME:
        raise UsageError(f"{at}: a network needs a name of at most {LONGEST_NAME} characters")
    return text
