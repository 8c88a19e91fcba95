"""`trailtrace status`: the ledger proven, the days that are missing, and what could not be read."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from case_records import Record
from conftest import Load, Loaded, Run, trail, trail_records

import trailtrace
from trailtrace.render.status_text import GAP, ago_text, bytes_text, strip
from trailtrace.status import Day

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "sample_logs" / "AWSLogs"
HOSTILE = '\x1b[2J"=HYPERLINK(1)\u202e'


def on_days(*days: int, region: str = "us-east-1") -> list[Record]:
    """A record at noon of days of May 2026."""
    [record] = trail_records()[3:]
    return [
        record
        | {
            "eventTime": f"2026-05-{day:02}T12:00:00Z",
            "eventID": f"{region}-{day}",
            "awsRegion": region,
        }
        for day in days
    ]


@pytest.fixture
def loaded(load: Load) -> Loaded:
    """Records, a duplicate, rejects with hostile text and a control message, in two files."""
    records = trail_records()
    return load(
        {
            "a.json": trail([*records, {"eventName": HOSTILE, "eventTime": "never"}]),
            "b\n.json": b"\n".join(
                json.dumps(item).encode() for item in [records[0], {"messageType": "CONTROL_MESSAGE"}]
            ),
            "c.json": b"nonsense",
        }
    )


def status(run: Run, store: Path, *arguments: str, code: int = 0) -> str:
    outcome = run(["status", "--store", str(store), *arguments])
    assert outcome.code == code
    return outcome.stdout


def test_the_ledger_is_told_and_proven(loaded: Loaded, run: Run) -> None:
    found = json.loads(status(run, loaded.store, "--format", "json"))
    names = ("files", "read", "kept", "duplicate", "rejected", "not_events")
    assert [found[name] for name in names] == [3, 8, 4, 1, 2, 1]
    assert found["read"] == sum(found[name] for name in ("kept", "duplicate", "rejected", "not_events"))
    assert (found["events"], found["adds_up"], found["unaccounted"]) == (4, True, [])
    assert found["reasons"] == [
        {"reason": "bad_event_time", "rejected": 1},
        {"reason": "not_json", "rejected": 1},
    ]
    assert found["size_bytes"] == loaded.store.stat().st_size
    assert "adds up" in status(run, loaded.store)


@pytest.mark.parametrize(
    "damage",
    [
        "delete from records where event_name = 'GetObject'",
        "delete from rejects where record = 5",
        "update files set duplicate = duplicate + 1 where duplicate = 1",
        "update records set file_id = 99 where event_name = 'GetObject'",
    ],
)
def test_a_ledger_that_does_not_add_up_is_code_5(damage: str, loaded: Loaded, run: Run) -> None:
    with duckdb.connect(loaded.store) as connection:
        connection.execute(damage)
    outcome = run(["status", "--store", str(loaded.store), "--format", "json"])
    assert outcome.code == 5
    assert "the ledger and the tables disagree" in outcome.stderr
    found = json.loads(outcome.stdout)
    assert not found["adds_up"]
    assert found["unaccounted"]
    text = status(run, loaded.store, code=5)
    assert "does not add up in" in text
    assert "Does not add up:" in text


def test_every_reject_is_listed_with_its_text_made_visible(loaded: Loaded, run: Run) -> None:
    text = status(run, loaded.store, "--rejects")
    for shown in ("bad_event_time", "not_json", "nonsense"):
        assert shown in text
    assert r"\u001b[2J" in text.replace("\n", "") or r"\x1b[2J" in text.replace("\n", "")
    assert "\x1b" not in text
    assert "\u202e" not in text
    rows = list(csv.DictReader(io.StringIO(status(run, loaded.store, "--rejects", "--format", "csv"))))
    assert [row["reason"] for row in rows] == ["bad_event_time", "not_json"]
    assert rows[0]["record"] == "5"
    assert rows[0]["source"].endswith("a.json")
    found = json.loads(status(run, loaded.store, "--rejects", "--format", "json"))
    assert len(found["rejects"]) == 2
    assert "rejects" not in json.loads(status(run, loaded.store, "--format", "json"))


def test_a_day_without_a_record_is_a_gap(load: Load, run: Run) -> None:
    store = load(trail(on_days(1, 2, 5) + on_days(3, region="eu-west-1"))).store
    text = status(run, store)
    [east] = [line for line in text.splitlines() if "us-east-1 ▁" in line]
    [west] = [line for line in text.splitlines() if line.startswith("111111111111 eu-west-1")]
    assert f"▁▁{GAP}{GAP}▁" in east
    assert "eu-west-1   ▁ " in west
    assert GAP not in west
    assert "111111111111 us-east-1 2026-05-03 to 2026-05-04" in text
    places = json.loads(status(run, store, "--format", "json"))["coverage"]
    assert [(place["region"], place["events"], place["gaps"]) for place in places] == [
        ("eu-west-1", 1, 0),
        ("us-east-1", 3, 2),
    ]
    rows = list(csv.DictReader(io.StringIO(status(run, store, "--format", "csv"))))
    assert [row["state"] for row in rows if row["region"] == "us-east-1"] == [
        "events", "events", "gap", "gap", "events",
    ]  # fmt: skip


@pytest.mark.parametrize("width", ["60", "80", "120"])
def test_the_strips_fit_the_width(width: str, load: Load, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    records = on_days(1) + on_days(28)
    records[1]["eventTime"] = "2027-02-28T12:00:00Z"
    store = load(trail(records)).store
    monkeypatch.setenv("COLUMNS", width)
    text = status(run, store)
    lines = text[text.index("Coverage") :].splitlines()
    assert all(len(line) <= int(width) for line in lines)
    [shown] = [line for line in lines if "us-east-1 ▁" in line or f"us-east-1 {GAP}" in line]
    assert len(shown) > int(width) // 2
    assert "a column is" in text
    assert "the least of them" in " ".join(lines)


@pytest.mark.parametrize("width", ["60", "120"])
def test_a_long_label_leaves_the_strip_its_room(
    width: str, load: Load, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = on_days(1, 4, region="north-" * 40)
    records[1]["recipientAccountId"] = "1234567890" * 30
    monkeypatch.setenv("COLUMNS", width)
    text = status(run, load(trail(records)).store)
    lines = text[text.index("Coverage") : text.index("events in 1 to")].splitlines()[1:]
    assert all(len(line) <= int(width) for line in lines)
    assert sum("▁" in line and "north-" in line and "…" in line for line in lines) == 2


def test_a_column_of_several_days_is_the_worst_of_them() -> None:
    start = datetime(2026, 5, 1)
    kinds = [("events", 24), ("events", 1), ("gap", 0), ("events", 24), ("before", 0), ("pruned", 0)]
    days = [
        Day((start + timedelta(number)).date(), hours, hours, 0, state)
        for number, (state, hours) in enumerate(kinds)
    ]
    assert strip(days, 1) == f"█▁{GAP}█ -"
    assert strip(days, 2) == f"▁{GAP}-"
    assert strip(days, 6) == GAP


def test_the_age_of_the_last_event_is_asked_of_a_clock(loaded: Loaded, run: Run) -> None:
    found = json.loads(status(run, loaded.store, "--now", "2026-05-02T10:20:00Z", "--format", "json"))
    assert (found["last_event"], found["seconds_since_last_event"]) == ("2026-05-01T09:20:00Z", 90_000)
    assert "1 day 1 hour ago" in status(run, loaded.store, "--now", "2026-05-02T10:20:00Z")
    assert "in 20 minutes, by the clock" in status(run, loaded.store, "--now", "2026-05-01T09:00:00Z")
    assert run(["status", "--store", str(loaded.store), "--now", "soon"]).code == 2


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "now"), (61, "1 minute 1 second ago"), (7200, "2 hours ago"), (90061, "1 day 1 hour ago")],
)
def test_ages_have_two_units(seconds: int, text: str) -> None:
    assert ago_text(seconds) == text


@pytest.mark.parametrize(("count", "text"), [(999, "999 bytes"), (1500, "1.5 kB"), (2 * 10**12, "2.0 TB")])
def test_sizes_have_one_unit(count: int, text: str) -> None:
    assert bytes_text(count) == text


def test_a_store_without_events_says_that_logs_are_missing(load: Load, run: Run) -> None:
    store = load(b"nonsense").store
    assert "No event is held: an answer is empty because logs are missing." in status(run, store)
    found = json.loads(status(run, store, "--format", "json"))
    assert (found["events"], found["coverage"], found["last_event"]) == (0, [], None)
    assert status(run, store, "--format", "csv").splitlines()[0].startswith("account_id,region,day")


def test_there_must_be_a_store(tmp_path: Path, run: Run) -> None:
    outcome = run(["status", "--store", str(tmp_path / "none.duckdb")])
    assert (outcome.code, outcome.stdout) == (1, "")


def test_a_redacted_status_names_no_account_and_no_file(
    loaded: Loaded, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRAILTRACE_REDACT_KEY", "0123456789abcdef")
    for form in ("text", "json", "csv"):
        shown = status(run, loaded.store, "--rejects", "--redact", "--format", form)
        assert "111111111111" not in shown
        assert "HYPERLINK" not in shown
    assert "bad_event_time" in shown


def test_the_library_gives_the_same(tmp_path: Path) -> None:
    with trailtrace.from_logs([str(SAMPLES)]) as logs:
        found = logs.status(datetime(2026, 5, 11, tzinfo=UTC).replace(tzinfo=None))
    assert found.read == found.kept + found.duplicate + found.rejected + found.not_events
    assert (found.events, found.size_bytes, found.unaccounted) == (found.kept, 0, ())
