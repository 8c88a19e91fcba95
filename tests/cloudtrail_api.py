"""A server that speaks as much of AWS's APIs as LookupEvents needs, and keeps AWS's rules of them.

CloudTrail's LookupEvents and ListPublicKeys (JSON 1.1), STS GetCallerIdentity, EC2 DescribeRegions.
moto has no LookupEvents. What is asked for is noted, and faults can be put in its way.
"""

import base64
import json
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from case_records import Record

Json = dict[str, Any]

_SIGNED_BY = re.compile(r"Credential=([^/]+)/\d{8}/([^/]+)/([^/]+)/")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of LookupEvents that reached the server."""

    account_id: str
    region: str
    start: datetime
    end: datetime
    token: str | None


class Refusal(Exception):
    """An error that AWS answers with."""

    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


@dataclass
class CloudTrailApi:
    """The API of some accounts, known by their access keys."""

    accounts: dict[str, str] = field(default_factory=lambda: {"AKIAONE": "111111111111"})
    regions: list[str] = field(default_factory=lambda: ["eu-west-1", "us-east-1"])
    events: dict[tuple[str, str], list[Record]] = field(default_factory=dict)
    keys: dict[str, Json] = field(default_factory=dict)
    """What ListPublicKeys answers, by Region; or `Refusal` and the code of an error."""
    asked: list[Asked] = field(default_factory=list)
    keys_asked: list[tuple[str, Json]] = field(default_factory=list)
    before: Callable[[Asked], None] = lambda _: None
    """Called with each request of LookupEvents before it is answered; may raise a Refusal."""
    order: Callable[[list[Record]], list[Record]] = lambda events: events
    """Of a page."""
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, records: list[Record], account_id: str = "111111111111") -> None:
        """Events that can be looked up in the Region that they name."""
        for record in records:
            self.events.setdefault((account_id, record["awsRegion"]), []).append(record)

    def lookup_events(self, account_id: str, region: str, asked: Json) -> Json:
        request = Asked(
            account_id, region, _time(asked["StartTime"]), _time(asked["EndTime"]), asked.get("NextToken")
        )
        with self.lock:
            self.asked.append(request)
        self.before(request)
        same = json.dumps([asked["StartTime"], asked["EndTime"], account_id, region])
        first = 0
        if request.token is not None:
            told, _, offset = base64.b64decode(request.token).decode().rpartition("#")
            if told != same:
                raise Refusal("InvalidNextTokenException")
            first = int(offset)
        found = [
            record
            for record in self.events.get((account_id, region), [])
            if request.start <= _event_time(record) <= request.end
        ]
        found.sort(key=lambda record: (_event_time(record), record["eventID"]), reverse=True)
        page = self.order(found[first : first + asked["MaxResults"]])
        answer: Json = {"Events": [_as_event(record) for record in page]}
        if len(found) > first + asked["MaxResults"]:
            answer["NextToken"] = base64.b64encode(f"{same}#{first + asked['MaxResults']}".encode()).decode()
        return answer

    def answer(self, key: str, region: str, target: str, body: bytes) -> tuple[str, str]:
        """Content type and text."""
        if key not in self.accounts:
            raise Refusal("UnrecognizedClientException", 403)
        account_id = self.accounts[key]
        match target.rpartition(".")[2]:
            case "LookupEvents":
                found = self.lookup_events(account_id, region, json.loads(body))
            case "ListPublicKeys":
                self.keys_asked.append((region, json.loads(body)))
                found = self.keys.get(region, {"PublicKeyList": []})
                if "Refusal" in found:
                    raise Refusal(found["Refusal"])
            case _:
                return "text/xml", self._xml(account_id, parse_qs(body.decode())["Action"][0])
        return "application/x-amz-json-1.1", json.dumps(found)

    def _xml(self, account_id: str, action: str) -> str:
        if action == "GetCallerIdentity":
            return (
                '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
                f"<GetCallerIdentityResult><Account>{account_id}</Account></GetCallerIdentityResult>"
                "</GetCallerIdentityResponse>"
            )
        items = "".join(f"<item><regionName>{name}</regionName></item>" for name in self.regions)
        return (
            '<DescribeRegionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">'
            f"<regionInfo>{items}</regionInfo></DescribeRegionsResponse>"
        )


def killing(pid: Callable[[], int], at: int) -> Callable[[Asked], None]:
    """Kills the process that asks at its `at`th request, as hard as a system can."""
    count = 0

    def before(_: Asked) -> None:
        nonlocal count
        count += 1
        if count == at:
            os.kill(pid(), signal.SIGKILL)

    return before


@contextmanager
def serving(api: CloudTrailApi) -> Iterator[CloudTrailApi]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            if len(body) < length:
                return  # whoever asked was killed
            found = _SIGNED_BY.search(self.headers.get("Authorization", ""))
            key, region = (found[1], found[2]) if found else ("", "")
            try:
                kind, text = api.answer(key, region, self.headers.get("X-Amz-Target", ""), body)
                status = 200
            except Refusal as refusal:
                status, kind = refusal.status, "application/x-amz-json-1.1"
                text = json.dumps({"__type": refusal.code, "message": "no"})
                if b"Action=" in body:
                    kind = "text/xml"
                    text = f"<R><Error><Code>{refusal.code}</Code><Message>no</Message></Error></R>"
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            if not isinstance(sys.exception(), ConnectionError):  # who asked was killed
                super().handle_error(request, client_address)  # type: ignore[arg-type]

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()


def aws_environment(url: str, folder: Path, profiles: dict[str, str]) -> dict[str, str]:
    """What makes boto3 ask a server here with these profiles' access keys, and nobody else."""
    config, credentials = folder / "aws_config", folder / "aws_credentials"
    config.write_text("".join(f"[profile {name}]\nregion = eu-west-1\n" for name in profiles))
    credentials.write_text(
        "".join(
            f"[{name}]\naws_access_key_id = {key}\naws_secret_access_key = SECRET{key}\n"
            for name, key in profiles.items()
        )
    )
    first = next(iter(profiles.values()))
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_CONFIG_FILE": str(config),
        "AWS_SHARED_CREDENTIALS_FILE": str(credentials),
        "AWS_ACCESS_KEY_ID": first,
        "AWS_SECRET_ACCESS_KEY": f"SECRET{first}",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


def _event_time(record: Record) -> datetime:
    return datetime.fromisoformat(record["eventTime"]).replace(tzinfo=None)


def _as_event(record: Record) -> Json:
    return {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "EventTime": _event_time(record).replace(tzinfo=UTC).timestamp(),
        "EventSource": record["eventSource"],
        "Resources": [],
        "CloudTrailEvent": json.dumps(record),
    }
