"""`import trailtrace`: lazy frames, values that show themselves in a notebook, and the tutorial."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import make_tutorial
import polars as pl
import pytest
from case_records import CaseRecords
from conftest import trail

import trailtrace
from trailtrace.investigation import Investigation
from trailtrace.notebook import html_of
from trailtrace.question import Question

SAMPLES = Path(__file__).parent.parent / "sample_logs" / "AWSLogs"
HOSTILE = "<script>alert(1)</script>\x1b[2J\u202e&\"'"


@pytest.fixture(scope="module")
def logs() -> Iterator[Investigation]:
    with trailtrace.from_logs([str(SAMPLES)]) as logs:
        yield logs


@pytest.mark.filterwarnings("default")  # of what runs a notebook, not of ours
def test_the_tutorial_shows_what_its_cells_give() -> None:
    committed = make_tutorial.TUTORIAL.read_text(encoding="utf-8")
    assert make_tutorial.executed() == committed, "run `make docs`"
    assert 'execution_count": null' in committed


def test_importing_it_is_light() -> None:
    code = (
        "import sys, trailtrace, trailtrace.cli\n"
        "heavy = {'duckdb', 'polars', 'pyarrow', 'rich.console', 'prompt_toolkit', 'msgspec'}\n"
        "heavy &= set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "assert callable(trailtrace.open) and 'duckdb' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_events_are_all_events_with_their_origins(logs: Investigation) -> None:
    lazy = logs.events()
    assert isinstance(lazy, pl.LazyFrame)
    eager = logs.sql("select * from events_with_origin")
    assert lazy.collect_schema() == eager.schema
    collected = lazy.collect()
    assert collected.sort(pl.all()).equals(eager.sort(pl.all()))


def test_events_are_selected_by_time_and_account(logs: Investigation) -> None:
    since, until = datetime(2026, 5, 5), datetime(2026, 5, 6)
    found = logs.events(since=since, until=until, accounts=["777788889999"]).collect()
    whole = logs.events().collect()
    expected = whole.filter(
        (pl.col("event_time") >= since)
        & (pl.col("event_time") < until)
        & (pl.col("recipient_account_id") == "777788889999")
    )
    assert found.sort(pl.all()).equals(expected.sort(pl.all()))
    assert 0 < found.height < whole.height


def test_a_lazy_frame_can_be_asked_again_and_in_parts(logs: Investigation) -> None:
    lazy = logs.events()
    denied = lazy.filter(pl.col("error_code") == "AccessDenied")
    names = denied.select("event_name").collect()["event_name"].to_list()
    assert len(names) == logs.sql("select * from events where error_code = 'AccessDenied'").height
    assert lazy.select(pl.len()).collect().item() == logs.sql("select * from events").height
    assert lazy.head(7).collect().height == 7
    assert denied.select("event_name").collect()["event_name"].sort().to_list() == sorted(names)
    assert logs.who_did("ASIA3KF6UTOHSVAMMEK6").answers, "a frame that was left half-read blocks nothing"


def test_columns_that_are_not_asked_for_are_not_read(logs: Investigation) -> None:
    read: list[list[str]] = []

    class Watched(Investigation):
        def _change(self, batch):  # type: ignore[no-untyped-def]
            read.append(batch.schema.names)
            return batch

    lazy = Watched(logs._store).events().filter(pl.col("origin_name") == "wil").select("event_name")
    assert lazy.collect().height > 0
    assert {frozenset(names) for names in read} == {frozenset(("event_name", "origin_name"))}


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attributes: object) -> None:
        self.found.add(tag)


def test_answers_show_themselves_and_escape_what_logs_say(tmp_path: Path) -> None:
    records = CaseRecords(["09:00 user/alice assumes role/Deploy as ci -> K1", "09:05 K1 calls s3 GetObject"])
    text = trail(records.records).replace(b"alice", b"<script>alert(1)</script>\\u001b\\u202e")
    (tmp_path / "log.json").write_bytes(text)
    with trailtrace.from_logs([str(tmp_path / "log.json")]) as asked:
        key = records.resolve("<key K1>")
        shown = [
            asked._repr_html_(),
            asked.who_did(key)._repr_html_(),
            asked.who_did(key).answers[0]._repr_html_(),
            asked.what_did(key, now=datetime(2026, 5, 1, 9, 30))._repr_html_(),
            asked.which_events(Question(call="*"))._repr_html_(),
        ]
    for html in shown:
        tags = Tags()
        tags.feed(html)
        assert tags.found <= {
            "b",
            "br",
            "code",
            "div",
            "hr",
            "i",
            "span",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
        }
        assert "\x1b" not in html and "\u202e" not in html
        assert "http" not in html
    assert "&lt;script&gt;" in shown[1]


def test_what_nobody_registered_is_escaped_too() -> None:
    assert "<script>" not in html_of(HOSTILE)


def test_an_answer_that_is_open_says_what_is_missing(logs: Investigation) -> None:
    html = logs.who_did("ASIA3KF6UTOH7AKI4FB3")._repr_html_()
    assert "no_issuance" in html
    assert "logs needed: account 777788889999" in html


def test_a_redacted_investigation_gives_redacted_frames() -> None:
    with trailtrace.from_logs([str(SAMPLES)], redact="a secret of sixteen") as asked:
        accounts = asked.events().select("account_id").unique().collect()["account_id"].drop_nulls()
    assert accounts.len() > 3
    assert accounts.str.starts_with("000").all()
