"""What is known of addresses: whose network, which AS, country and city, from lists that a store holds.

An address is labelled once, however many records bear it. The table `addresses` follows from the records
and the lists alone, so that neither the order of loads nor when a list came makes a difference.
"""

from __future__ import annotations

import ipaddress
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from trailtrace.errors import MissingExtraError, TrailtraceError, extra
from trailtrace.store import Store

if TYPE_CHECKING:
    from maxminddb import Reader

Row: TypeAlias = dict[str, Any]
_Address: TypeAlias = "ipaddress.IPv4Address | ipaddress.IPv6Address"

AT_ONCE = 20_000
"""Addresses that are looked up before their rows are written."""

LONGEST_TEXT = 120
"""Characters of a name in a database."""

_SERVICE = re.compile(r"AWS Internal|[a-z0-9.-]+\.(?:amazonaws\.com(?:\.cn)?|aws\.internal|aws\.amazon\.com)")


def label_addresses(store: Store, first_file_id: int = 0, *, anew: bool = False) -> int:
    """Labels the addresses in records of files from this one on that have no label yet.

    With `anew`, those that have one too. Without any list there are no labels. Returns how many were not
    labelled: a list is a .mmdb file, and what reads it is not installed; all stay as they were.
    """
    if not store.run("store/network_lists"):
        if anew:
            store.run("facts/clear_addresses")
        return 0
    new = _new_addresses(store, first_file_id)
    if not new and not anew:
        return 0  # databases are large: not for nothing
    try:
        with _labels(store) as labels:
            if anew:
                store.run("facts/clear_addresses")
                new = _new_addresses(store, 0)
            for start in range(0, len(new), AT_ONCE):
                _add(store, [labels.of(text) for text in new[start : start + AT_ONCE]])
    except MissingExtraError:
        if not anew:
            return len(new)
        [(addresses, _)] = store.run("store/count_addresses")
        return int(addresses)
    return 0


def _new_addresses(store: Store, first_file_id: int) -> list[str]:
    return [text for (text,) in store.run("facts/new_addresses", {"first_file_id": first_file_id})]


class Labels:
    """Labels of single addresses. Networks are rows of the table `networks`."""

    def __init__(self, networks: Iterable[Row], databases: Iterable[Reader]) -> None:
        own: list[Row] = []
        aws: list[Row] = []
        for row in networks:
            (own if row["list"] == "own" else aws).append(row)
        self._own, self._aws = _Ranges(own), _Ranges(aws)
        self._databases = list(databases)

    def of(self, text: str) -> Row:
        """The row of the table `addresses` for what stands in a record as source address."""
        row: Row = dict.fromkeys(COLUMNS)
        row |= {"address": text, "of_aws": False}
        try:
            # A zone names an interface of one host; a mapped address is the IPv4 one.
            address: _Address = ipaddress.ip_address(text.partition("%")[0])
        except ValueError:
            is_service = _SERVICE.fullmatch(text) is not None
            return row | {"kind": "service" if is_service else "other", "of_aws": is_service}
        address = getattr(address, "ipv4_mapped", None) or address
        private = bool(_PRIVATE.around(address))
        row["kind"] = "private" if private else "public"
        if own := self._own.around(address):
            row["network"] = own[0]["name"]
        if aws := self._aws.around(address):
            services = {each["name"] for each in aws}
            row["of_aws"] = True
            row["aws_service"] = ", ".join(sorted(services - {"AMAZON"} or services))
            row["aws_region"] = aws[0]["aws_region"]
        if not private:
            found = [_found(database, address) for database in self._databases]
            row |= _first(found, OPERATOR, ("asn",), ("as_name",))
            row |= _first(found, PLACE, ("latitude",), ("country", "city"))
        return row | {"label": _label(row)}


COLUMNS = (
    *("address", "kind", "of_aws", "network", "aws_service", "aws_region", "asn", "as_name", "country"),
    *("city", "latitude", "longitude", "accuracy_km", "label"),
)

OPERATOR = ("asn", "as_name")
PLACE = ("country", "city", "latitude", "longitude", "accuracy_km")
"""What is taken from one database together: of two guesses at a place, neither half fits the other."""


def _first(found: Iterable[Row], columns: Iterable[str], *telling: Iterable[str]) -> Row:
    """These columns of the first row that has one of the telling ones, or else one of the next."""
    rows = list(found)
    for names in telling:
        for row in rows:
            if any(row.get(name) is not None for name in names):
                return {name: row[name] for name in columns}
    return {}


def _label(row: Row) -> str | None:
    """In a few words, the most telling first."""
    words = [row["network"]]
    if row["aws_service"]:
        words.append(f"AWS {row['aws_service']} {row['aws_region']}")
    elif row["asn"] is not None:
        words.append(f"AS{row['asn']} {row['as_name'] or ''}".strip())
    if row["kind"] == "private":
        words.append("not public")
    elif not row["of_aws"]:
        words += [row["city"], row["country"]]
    return ", ".join(word for word in words if word) or None


class _Ranges:
    """Networks by the bits they share."""

    def __init__(self, rows: Iterable[Row]) -> None:
        found: dict[tuple[int, int], dict[int, list[Row]]] = defaultdict(lambda: defaultdict(list))
        for row in rows:
            network = ipaddress.ip_network(row["cidr"])
            found[network.version, network.prefixlen][int(network.network_address)].append(row)
        self._by_length: dict[int, list[tuple[int, dict[int, list[Row]]]]] = {4: [], 6: []}
        for (version, length), members in sorted(found.items(), reverse=True):
            host_bits = (32 if version == 4 else 128) - length
            self._by_length[version].append((host_bits, dict(members)))

    def around(self, address: _Address) -> list[Row]:
        """The narrowest networks around an address, which are one network of several names."""
        number = int(address)
        for host_bits, members in self._by_length[address.version]:
            if found := members.get(number >> host_bits << host_bits):
                return found
        return []


_PRIVATE = _Ranges(
    {"cidr": cidr}
    for cidr in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8"),
        *("169.254.0.0/16", "fc00::/7", "fe80::/10", "::1/128"),
    )
)
"""RFC 1918, 6598, 1122, 3927, 4193 and 4291: such an address says nothing of a place."""


def _found(database: Reader, address: _Address) -> Row:
    """What a database in MaxMind's form says (https://dev.maxmind.com/geoip/docs/databases)."""
    import maxminddb

    if address.version == 6 and database.metadata().ip_version == 4:
        return {}
    try:
        value = database.get(address)
    except maxminddb.InvalidDatabaseError as error:
        raise TrailtraceError(f"a .mmdb file is damaged: {error}: import it again") from None
    country = _member(value, "country", "iso_code") or _member(value, "registered_country", "iso_code")
    latitude, longitude = _member(value, "location", "latitude"), _member(value, "location", "longitude")
    placed = _within(latitude, 90) and _within(longitude, 180)
    return {
        "asn": _number(_member(value, "autonomous_system_number")),
        "as_name": _text(_member(value, "autonomous_system_organization")),
        "country": _text(country),
        "city": _text(_member(value, "city", "names", "en")),
        "latitude": latitude if placed else None,
        "longitude": longitude if placed else None,
        "accuracy_km": _number(_member(value, "location", "accuracy_radius")) if placed else None,
    }


def _member(value: Any, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _within(degrees: Any, most: int) -> bool:
    return isinstance(degrees, float) and -most <= degrees <= most


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and 0 <= value < 2**32 else None


def _text(value: Any) -> str | None:
    return value[:LONGEST_TEXT] if isinstance(value, str) and value else None


@contextmanager
def _labels(store: Store) -> Iterator[Labels]:
    """Labels by all lists of a store. Raises MissingExtraError where it holds a .mmdb that cannot be read."""
    names = [name for (name,) in store.run("store/geography_names")]
    networks = store.records("store/networks")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) if names else Path()
        databases = []
        for number, name in enumerate(names):
            path = folder / f"{number}.mmdb"
            with path.open("wb") as file:
                [(parts,)] = store.run("store/geography_parts", {"name": name})
                for part in range(parts):
                    [(data,)] = store.run("store/geography_part", {"name": name, "part": part})
                    file.write(data)
            databases.append(stack.enter_context(opened(path)))
        yield Labels(networks, databases)


@contextmanager
def opened(path: Path) -> Iterator[Reader]:
    """A .mmdb file. Raises MissingExtraError without maxminddb, TrailtraceError where it is none."""
    with extra("geo"):
        import maxminddb
    try:
        reader = maxminddb.open_database(path)
    except (maxminddb.InvalidDatabaseError, OSError, ValueError) as error:
        raise TrailtraceError(f"{path}: not a .mmdb file that can be read: {error}") from None
    with reader:
        yield reader


def _add(store: Store, rows: list[Row]) -> None:
    import pyarrow as pa

    kinds = {"of_aws": pa.bool_(), "asn": pa.int64(), "accuracy_km": pa.int64()}
    kinds |= {"latitude": pa.float64(), "longitude": pa.float64()}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in COLUMNS])
    store.fill("facts/add_addresses", pa.Table.from_pylist(rows, schema))
