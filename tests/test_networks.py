"""What is known of addresses: each list says what is in it, and no order of loads makes a difference."""

import ipaddress
import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from case_records import CaseRecords, Record
from conftest import Loaded, Outcome, Row, Run, trail
from geography import asn_database, aws_ranges, city_database
from hypothesis import given
from hypothesis import strategies as st
from mmdb_writer import MMDBWriter
from report_cases import only

import trailtrace
from trailtrace.audit.distances import too_far
from trailtrace.errors import MissingExtraError, TrailtraceError, UsageError
from trailtrace.labels import Labels
from trailtrace.networks import Ranges, read_list

LINES: list[str | Record] = [
    "09:00 user/alice assumes role/Deploy as ci -> K1",
    "09:05 K1 calls s3 ListBuckets from 198.51.100.77",
    "09:08 K1 calls iam ListUsers from 203.0.113.9",
    "09:10 K1 calls s3 ListBuckets from 198.51.100.77",
    "09:11 K1 calls s3 GetObject from 192.0.2.70",
    "09:12 K1 calls s3 GetObject from 2001:db8::9",
    "09:13 K1 calls s3 GetObject from 10.1.2.3",
    "09:14 K1 calls s3 GetObject from cloudformation.amazonaws.com",
]

LABELS = {
    "198.51.100.77": "Westwing, AS64500 Example Telecom, Lisbon, PT",
    "203.0.113.9": "AS64501 <b>Other</b>\x1b[2J, Tokyo, JP",
    "192.0.2.70": "AWS EC2 eu-west-1",
    "2001:db8::9": "AS64502 Example Six, Sydney, AU",
    "10.1.2.3": "office, not public",
    "cloudformation.amazonaws.com": None,
    "198.51.100.10": "AS64500 Example Telecom, Lisbon, PT",
}

OWN = "network,name\n10.0.0.0/8,office\n198.51.100.64/26,Westwing\n198.51.100.96/27,Eastwing\n"


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("lists")
    own = folder / "own.csv"
    own.write_text(OWN)
    return [
        city_database(folder / "city.mmdb"),
        asn_database(folder / "asn.mmdb"),
        aws_ranges(folder / "ip-ranges.json"),
        own,
    ]


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("logs")
    records = CaseRecords(LINES).records
    parts = [folder / "one.json", folder / "two.json"]
    parts[0].write_bytes(trail(records[::2]))
    parts[1].write_bytes(trail(records[1::2]))
    return parts


@pytest.fixture(scope="module")
def labelled(lists: list[Path], logs: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    store = tmp_path_factory.mktemp("labelled") / "store.duckdb"
    trailtrace.load(store, [str(path) for path in logs])
    found = trailtrace.import_networks(store, lists)
    assert found.lists == ("Test-ASN", "Test-City", "aws", "own")
    assert (found.addresses, found.labelled) == (7, 6)
    return Loaded(Outcome(0, "", ""), store)


def addresses(loaded: Loaded) -> list[Row]:
    return loaded.rows("select * from addresses order by address")


def test_each_address_has_what_the_lists_say(labelled: Loaded) -> None:
    assert dict(labelled.rows("select address, label from addresses")) == LABELS
    columns = "kind, of_aws, network, aws_service, aws_region, asn, country, latitude, accuracy_km"
    found = {row[0]: row[1:] for row in labelled.rows(f"select address, {columns} from addresses")}  # noqa: S608
    assert found["198.51.100.77"] == ("public", False, "Westwing", None, None, 64500, "PT", 38.72, 20)
    assert found["192.0.2.70"][:6] == ("public", True, None, "EC2", "eu-west-1", None)
    assert found["10.1.2.3"] == ("private", False, "office", None, None, None, None, None, None)
    assert found["cloudformation.amazonaws.com"][:2] == ("service", True)


def test_neither_the_order_of_loads_nor_when_a_list_came_changes_a_label(
    lists: list[Path], logs: list[Path], labelled: Loaded, tmp_path: Path, run: Run
) -> None:
    store = tmp_path / "store.duckdb"
    trailtrace.import_networks(store, lists[2:])
    trailtrace.load(store, [str(logs[1])])
    trailtrace.import_networks(store, [lists[1], lists[0]])
    trailtrace.load(store, [str(logs[0])])
    other = Loaded(Outcome(0, "", ""), store)
    assert addresses(other) == addresses(labelled)
    assert json.loads(run(["rebuild", "--store", str(store), "--format", "json"]).stdout)["differing"] == 0

    trailtrace.forget_networks(store, "Test-City")
    assert other.rows("select count(*) from addresses where latitude is not null") == [(0,)]
    for name in ("Test-ASN", "aws", "own"):
        trailtrace.forget_networks(store, name)
    assert addresses(other) == []
    with pytest.raises(UsageError, match="no such list of networks: there are none"):
        trailtrace.forget_networks(store, "own")


def test_a_list_takes_the_place_of_the_earlier_one(tmp_path: Path, logs: list[Path]) -> None:
    store = tmp_path / "store.duckdb"
    trailtrace.load(store, [str(path) for path in logs])
    trailtrace.import_networks(store, [city_database(tmp_path / "old.mmdb")])
    place = {"203.0.113.0/24": {"city": "Osaka", "country": "JP"}}
    found = trailtrace.import_networks(store, [city_database(tmp_path / "new.mmdb", place)])
    assert found.lists == ("Test-City",)
    loaded = Loaded(Outcome(0, "", ""), store)
    assert loaded.rows("select address, city from addresses where city is not null") == [
        ("203.0.113.9", "Osaka")
    ]


class Said:
    """A database that says the same of every address."""

    def __init__(self, **value: Any) -> None:
        self._value = value

    def get(self, address: object) -> dict[str, Any]:
        return self._value

    def metadata(self) -> SimpleNamespace:
        return SimpleNamespace(ip_version=6)


def test_a_place_is_that_of_one_database() -> None:
    france = Said(country={"iso_code": "FR"})
    paris = Said(country={"iso_code": "FR"}, location={"latitude": 48.9, "longitude": 2.4})
    tokyo = Said(
        country={"iso_code": "JP"},
        city={"names": {"en": "Tokyo"}},
        location={"latitude": 35.7, "longitude": 139.7, "accuracy_radius": 10},
    )
    nowhere = Said(city={"names": {"en": "Nowhere"}}, location={"latitude": 35.7, "longitude": 999.0})
    operator = Said(autonomous_system_number=64500)
    for databases, label, latitude, accuracy in (
        ([france, tokyo], "Tokyo, JP", 35.7, 10),
        ([paris, tokyo], "FR", 48.9, None),
        ([tokyo, paris], "Tokyo, JP", 35.7, 10),
        ([nowhere, france], "Nowhere", None, None),
        ([france, operator, paris], "AS64500, FR", 48.9, None),
    ):
        row = Labels([], databases).of("203.0.113.9")  # type: ignore[arg-type]
        assert (row["label"], row["latitude"], row["accuracy_km"]) == (label, latitude, accuracy)


@pytest.mark.parametrize(
    "command",
    [
        ["who-did", "arn:aws:sts::111111111111:assumed-role/Deploy/ci"],
        ["who-did", "arn:aws:sts::111111111111:assumed-role/Deploy/ci", "--format", "html"],
        ["who-did", "--call", "ListUsers"],
        ["what-did", "arn:aws:iam::111111111111:user/alice", "--all"],
        ["report", "--now", "2026-05-02T00:00:00Z"],
        ["report", "--now", "2026-05-02T00:00:00Z", "--format", "html"],
    ],
    ids=" ".join,
)
def test_labels_stand_beside_addresses(
    command: list[str], labelled: Loaded, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    outcome = run([*command, "--store", str(labelled.store)])
    assert outcome.code == 0
    text = outcome.stdout
    assert "AS64501" in text and "Tokyo, JP" in text
    assert "\x1b[2J" not in text
    if command[-1] == "html":
        assert "<b>Other" not in text


def test_json_has_what_is_known_of_addresses(labelled: Loaded, run: Run) -> None:
    store = ["--store", str(labelled.store), "--format", "json"]
    value = json.loads(run(["who-did", "arn:aws:sts::111111111111:assumed-role/Deploy/ci", *store]).stdout)
    found = {each["address"]: each["label"] for each in value["addresses"]}
    assert found == {address: LABELS[address] for address in found}
    assert {"203.0.113.9", "2001:db8::9", "10.1.2.3"} <= set(found)
    report = json.loads(run(["report", *store]).stdout)
    from_there = [each for each in report["findings"] if "203.0.113.9" in each["addresses"]]
    assert {"session-from-two-networks", "impossible-distance"} <= {each["name"] for each in from_there}
    assert "203.0.113.9" in {each["address"] for each in report["addresses"]}
    assert all(each["not_asked"] is None for each in report["detections"])
    [session] = [each for each in report["findings"] if each["name"] == "session-from-two-networks"]
    assert "198.51.100.0/24 (Westwing, AS64500 Example Telecom, Lisbon, PT)" in session["summary"]


def test_a_report_without_places_says_what_it_could_not_ask(logs: list[Path], run: Run) -> None:
    outcome = run(["report", "--logs", *(str(logs[0]),), "--format", "json"])
    [detected] = [each for each in json.loads(outcome.stdout)["detections"] if each["not_asked"] is not None]
    assert detected["name"] == "impossible-distance"
    assert "no address has a known place" in detected["not_asked"]
    for written in ("md", "html"):
        outcome = run(["report", "--logs", str(logs[0]), "--format", written])
        assert "no address has a known place" in outcome.stdout


def test_labels_are_redacted_with_everything_else(
    labelled: Loaded, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRAILTRACE_REDACT_KEY", "an invented secret of this test")
    for command in (
        ["who-did", "arn:aws:sts::111111111111:assumed-role/Deploy/ci", "--format", "json"],
        ["report", "--format", "json"],
        ["report"],
        ["sql", "select * from addresses"],
    ):
        outcome = run([*command, "--redact", "--store", str(labelled.store)])
        assert outcome.code == 0
        for text in ("Lisbon", "Tokyo", "Telecom", "64500", "38.72", "203.0.113.9", "Westwing"):
            assert text not in outcome.stdout, (command, text)


def test_the_lists_are_listed(labelled: Loaded, run: Run) -> None:
    outcome = run(["networks", "--store", str(labelled.store), "--format", "json"])
    listed = {each["name"]: each["entries"] for each in json.loads(outcome.stdout)["lists"]}
    assert listed == {"Test-ASN": 0, "Test-City": 0, "aws": 4, "own": 3}


def test_networks_of_the_store_are_known_to_findings(tmp_path: Path, logs: list[Path]) -> None:
    store = tmp_path / "store.duckdb"
    trailtrace.load(store, [str(path) for path in logs])
    with trailtrace.open(store) as investigation:
        assert investigation.findings(settings=only("session-from-two-networks"))
    own = tmp_path / "trailtrace.toml"
    own.write_text('[networks]\nours = ["198.51.100.0/24", "203.0.113.0/24", "192.0.2.0/24", "10.0.0.0/8"]\n')
    trailtrace.import_networks(store, [own])
    with trailtrace.open(store) as investigation:
        assert investigation.findings(settings=only("session-from-two-networks")) == []


def test_credentials_of_a_function_outside_of_aws_are_found(tmp_path: Path) -> None:
    records = CaseRecords(
        [
            "09:00 service/lambda.amazonaws.com assumes role/Fn as worker -> K1",
            "09:05 K1 calls s3 ListBuckets from 192.0.2.70",
            "09:06 K1 calls s3 ListBuckets from 203.0.113.9",
        ]
    ).records
    log = tmp_path / "log.json"
    log.write_bytes(trail(records))
    store = tmp_path / "store.duckdb"
    trailtrace.load(store, [str(log)])
    settings = only("workload-credentials-elsewhere")
    with trailtrace.open(store) as investigation:
        assert investigation.findings(settings=settings) == []
    trailtrace.import_networks(store, [aws_ranges(tmp_path / "ip-ranges.json")])
    with trailtrace.open(store) as investigation:
        [found] = investigation.findings(settings=settings)
    assert found.summary.endswith(
        "203.0.113.0/24: it is none of AWS's, and the workload calls from AWS otherwise"
    )


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.csv", "network,name\n10.0.0.1/8,a\n", "line 2: not a network: 10.0.0.1/8 has host bits set"),
        ("a.csv", "network,name\nnone,a\n", "not a network"),
        ("a.csv", "network,name\n10.0.0.0/8,\n", "needs a name of at most 120 characters"),
        ("a.csv", 'network,name\n10.0.0.0/8,"a\n10.1.0.0/16,b\n', "line 3: not CSV: unexpected end of data"),
        ("a.csv", 'network,name\n10.0.0.0/8,"a\n10.1.0.0/16,b"\n', "line 3: a value of several lines"),
        ("a.csv", "network,name\n", "names no network"),
        ("a.json", '{"prefixes": [], "ipv6_prefixes": []}', "names no network: .*forget aws"),
        ("a.toml", "[accounts]\n", "names no network: .*forget own"),
        ("a.csv", "network\n10.0.0.0/8\n", "no columns network and name"),
        ("a.csv", "", "no columns network and name"),
        ("a.json", '{"Records": []}', "no prefixes in it"),
        ("a.json", '{"prefixes": [{"ip_prefix": "1.2.3.0/24"}], "ipv6_prefixes": []}', "without service"),
        ("a.json", "{" * 100_000, "not JSON"),
        ("a.mmdb", b"\x00\xff" * 50, "neither UTF-8 text nor a .mmdb file"),
        (
            "a.mmdb",
            b"\x00" * 50 + b"\xab\xcd\xefMaxMind.com" + b"\xff" * 9,
            "not a .mmdb file that can be read",
        ),
        ("a.toml", "[networks]\na = 'b'\n", "not a list of texts"),
    ],
)
def test_what_is_no_list_is_refused_with_the_reason(
    name: str, text: str | bytes, why: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(TrailtraceError, match=why) as error:
        read_list(path)
    assert "\n" not in str(error.value)


def test_without_maxminddb_it_says_how_to_install_it(
    lists: list[Path], logs: list[Path], tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "store.duckdb"
    trailtrace.import_networks(store, [lists[0]])
    monkeypatch.setitem(sys.modules, "maxminddb", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'trailtrace\[geo\]'"):
        trailtrace.import_networks(store, [lists[0]])
    outcome = run(["ingest", str(logs[0]), "--store", str(store)])
    assert outcome.code == 0
    assert "4 addresses were not labelled" in outcome.stderr and "trailtrace[geo]" in outcome.stderr
    assert isinstance(read_list(lists[2]), Ranges), "other lists need nothing"
    for command in (["networks", "import", str(lists[3])], ["networks", "forget", "own"], ["rebuild"]):
        outcome = run([*command, "--store", str(store)])
        assert outcome.code == 0
        assert "4 addresses were not labelled and keep what labels they had" in outcome.stderr


def test_no_list_is_lost_without_a_word(lists: list[Path], tmp_path: Path) -> None:
    more = tmp_path / "own2.csv"
    more.write_text("network,name\n10.0.0.0/8,elsewhere\n")
    store = tmp_path / "store.duckdb"
    with pytest.raises(UsageError, match="2 files are the list own: put them into one"):
        trailtrace.import_networks(store, [lists[3], more])
    assert not store.exists()
    MMDBWriter(database_type="own").to_db_file(str(tmp_path / "own.mmdb"))
    with pytest.raises(UsageError, match="calls itself 'own'"):
        read_list(tmp_path / "own.mmdb")


def test_an_ipv4_network_may_be_written_as_ipv6(tmp_path: Path) -> None:
    for name, text in (
        ("own.csv", "network,name\n::ffff:203.0.113.0/120,Office\n"),
        ("own.toml", "[networks]\nOffice = ['::ffff:203.0.113.0/120']\n"),
    ):
        (tmp_path / name).write_text(text)
        read = read_list(tmp_path / name)
        assert isinstance(read, Ranges) and read.networks == (("203.0.113.0/24", "Office", None),)


NETWORKS = [
    {"list": "own", "cidr": cidr, "name": cidr, "aws_region": None}
    for cidr in (
        "10.0.0.0/8",
        "10.1.0.0/16",
        "10.1.2.0/24",
        "10.1.2.3/32",
        "0.0.0.0/0",
        "2001:db8::/32",
        "::/0",
    )
]


@given(st.ip_addresses() | st.ip_addresses(network="10.1.0.0/16") | st.ip_addresses(network="2001:db8::/31"))
def test_the_narrowest_network_counts(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    around = [
        network
        for each in NETWORKS
        if (network := ipaddress.ip_network(str(each["cidr"]))).version == address.version
        and address in network
    ]
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is None:
        narrowest = max(around, key=lambda network: network.prefixlen)
        assert Labels(NETWORKS, []).of(str(address))["network"] == str(narrowest)


@given(st.text(max_size=60))
def test_any_text_may_stand_for_an_address(text: str) -> None:
    row = Labels(NETWORKS, []).of(text)
    assert row["address"] == text and row["kind"] in ("public", "private", "service", "other")


def flight(
    minutes: float,
    *,
    start: tuple[float, float] = (38.72, -9.14),
    to: tuple[float, float] = (35.68, 139.69),
    accuracy: tuple[int, int] = (0, 0),
    speed: int = 900,
    least: int = 500,
) -> int | None:
    """Kilometres between two calls of Alice, if no aircraft is so fast; else None."""
    found = jumps([(0, *start, accuracy[0]), (minutes, *to, accuracy[1])], speed=speed, least=least)
    return None if found.is_empty() else found["km"][0]


def jumps(
    calls: list[tuple[float, float, float, int]], *, speed: int = 900, least: int = 500
) -> pl.DataFrame:
    """What is found in calls of Alice: minute, latitude, longitude and accuracy of each."""
    rows = [
        {
            "traveller": "alice",
            "event_time": datetime(2026, 5, 1, 9) + timedelta(minutes=minute),
            "event_id": str(number),
            "source_ip_address": str(number),
            "latitude": float(north),
            "longitude": float(east),
            "accuracy_km": radius,
            "place": str(number),
            "use_id": "u",
            "account_id": "1",
            "who": "Alice",
            "speed_km_h": speed,
            "least_km": least,
        }
        for number, (minute, north, east, radius) in enumerate(calls)
    ]
    return too_far(pl.DataFrame(rows).lazy()).collect()


def test_distances_are_great_circles() -> None:
    # Lisbon to Tokyo, by any atlas; over the pole and over the date line.
    assert flight(0) == pytest.approx(11_150, abs=30)
    assert flight(0, start=(90, 0), to=(-90, 17)) == pytest.approx(20_015, abs=10)
    assert flight(0, start=(0, 179.9), to=(0, -179.9), least=0) == pytest.approx(20, abs=10)
    assert flight(0, start=(80, 10), to=(80, -170)) == pytest.approx(2_220, abs=20)


def test_an_aircraft_is_never_found_and_what_is_faster_is() -> None:
    hours = 11_140 / 900
    assert flight(60 * hours) is None
    assert flight(60 * hours - 10) is not None
    assert flight(60 * hours - 10, accuracy=(100, 100)) is None
    assert flight(60, speed=20_000) is None
    assert flight(0, least=12_000) is None
    assert flight(0, accuracy=(11_000, 0)) is None


def test_a_vague_place_between_two_others_hides_nothing() -> None:
    berlin, france, madrid = (0, 52.5, 13.4, 20), (5, 46.0, 2.0, 600), (10, 40.4, -3.7, 20)
    found = jumps([berlin, france, madrid])
    assert found.select("event_ids", "times").rows() == [(["0", "2"], 1)]
    assert jumps([berlin, madrid]).select("event_ids", "times").rows() == [(["0", "1"], 1)]
    assert jumps([berlin, france]).is_empty()
