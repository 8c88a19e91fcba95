"""A notification reaches a real HTTP server, and no message shows the address it was sent to."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from trailtrace.errors import TrailtraceError, UsageError
from trailtrace.notify import check_notify, notify


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
