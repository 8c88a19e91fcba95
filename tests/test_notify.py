"""A notification reaches a real HTTP server, and no message shows the address it was sent to."""

import json
import threading
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from case_records import CaseRecords
from conftest import Load, Run, trail
from report_cases import LINES, logs, only, only_toml

import trailtrace
from trailtrace.errors import TrailtraceError, UsageError
from trailtrace.notify import check_notify, notify
from trailtrace.render.report_notice import notice


class Inbox(HTTPServer):
    """Keeps what is posted to it; refuses what is posted to /refuse."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taker)
        self.messages: list[dict[str, Any]] = []


class Taker(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Inbox)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        refused = self.path.startswith("/refuse")
        if not refused:
            self.server.messages.append(json.loads(body))
        self.send_response(500 if refused else 200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_a_message_arrives(inbox: Inbox) -> None:
    notify(f"json://127.0.0.1:{inbox.server_port}/hook", "2 findings", "<b>alice</b> took *Admin*")
    [message] = inbox.messages
    assert message["title"] == "2 findings"
    assert message["message"] == "<b>alice</b> took *Admin*"


def test_a_message_that_is_not_taken_is_an_error_without_the_secret(
    inbox: Inbox, capfd: pytest.CaptureFixture[str]
) -> None:
    url = f"json://user:hunter2@127.0.0.1:{inbox.server_port}/refuse"
    with pytest.raises(TrailtraceError, match=r"^--notify json://…: the message was not taken") as raised:
        notify(url, "title", "text")
    assert "hunter2" not in str(raised.value)
    assert capfd.readouterr() == ("", "")
    assert inbox.messages == []


@pytest.mark.parametrize("url", ["nosuch://hunter2", "hunter2", "", "slack://hunter2", "jso n://hunter2"])
def test_an_address_that_is_none_is_refused_before_anything_is_sent(
    url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError, match="no address that apprise knows") as raised:
        check_notify(url)
    assert "hunter2" not in str(raised.value)
    assert capfd.readouterr() == ("", "")


def test_a_report_is_told_in_a_few_lines_and_written_in_two_formats(
    inbox: Inbox, load: Load, run: Run, tmp_path: Path
) -> None:
    store = load({"log.json": trail(CaseRecords(LINES).records)}).store
    (store.parent / "trailtrace.toml").write_text(only_toml())
    page, data = tmp_path / "today.md", tmp_path / "today.json"
    outs = ["--out", str(page), "--out", str(data), "--notify", f"json://127.0.0.1:{inbox.server_port}"]
    outcome = run(
        ["report", "--store", str(store), "--now", "2026-05-03T00:00:00Z", "--fail-on", "high", *outs]
    )
    assert outcome.code == 10
    assert page.read_text().startswith("# trailtrace report")
    assert json.loads(data.read_text())["finding_count"] == 1
    [message] = inbox.messages
    assert message["title"] == "trailtrace: 1 high"
    lines = message["message"].splitlines()
    assert any(line.startswith("high: Credential used after its end") for line in lines)
    assert lines[-2:] == [f"The report: {page}", f"The report: {data}"]


def test_a_wrong_address_is_met_before_the_report_is_made(load: Load, run: Run, tmp_path: Path) -> None:
    store = load({"log.json": trail(CaseRecords(LINES).records)}).store
    out = tmp_path / "today.md"
    outcome = run(["report", "--store", str(store), "--out", str(out), "--notify", "nosuch://hunter2"])
    assert outcome.code == 2
    assert "--notify nosuch://…" in outcome.stderr
    assert not out.exists()


def test_two_files_cannot_have_one_format_that_is_given(load: Load, run: Run, tmp_path: Path) -> None:
    store = load({"log.json": trail(CaseRecords(LINES).records)}).store
    outs = [argument for name in ("a.md", "b.md") for argument in ("--out", str(tmp_path / name))]
    outcome = run(["report", "--store", str(store), *outs, "--format", "md"])
    assert outcome.code == 2
    assert "--format goes with one --out" in outcome.stderr


def test_a_name_in_a_message_mentions_nobody_and_links_nowhere(tmp_path: Path) -> None:
    lines = [
        "09:00 user/@everyone assumes role/Deploy as <!channel> -> K1",
        "09:05 K1 calls cloudtrail StopLogging",
        "09:06 user/x@everyone calls cloudtrail StopLogging",
        "09:07 user/WWW.evil.example calls cloudtrail StopLogging",
    ]
    with trailtrace.from_logs(logs(tmp_path, lines)) as investigation:
        made = investigation.report(now=datetime(2026, 5, 3), settings=only("cloudtrail-weakened"))
    title, text = notice(made, [tmp_path / "https://evil.example"])
    assert title != "trailtrace: no findings"
    for harmful in ("@everyone", "<", ">", "://", "[", "WWW."):
        assert harmful not in text
    assert "x(at)everyone" in text
    assert "WWW(dot)evil.example" in text
