"""moto's server, which speaks the S3 API over HTTP in this process, and the faults that it never has.

moto stands in for ListObjectsV2 (with delimiter and pages), GetObject (with If-Match), HeadObject and,
to fill buckets, CreateBucket, PutObject and DeleteObject. It checks no signature and no permission.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, unquote

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

Answer = Iterable[bytes]
Application = Callable[[dict[str, Any], Callable[..., Any]], Answer]
Fault = Callable[[Application, dict[str, Any], Callable[..., Any]], Answer]


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked for."""

    method: str
    key: str
    prefix: str | None
    """Of a listing; None for all else."""
    headers: dict[str, str]


@dataclass(slots=True)
class S3Server:
    """Knows every request; a fault is had by one request for its key, in order: `key`, or `PUT key`."""

    requests: list[Request] = field(default_factory=list)
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    endpoint: str = ""
    _lock: Lock = field(default_factory=Lock)
    _moto: Application = field(default_factory=lambda: DomainDispatcherApplication(create_backend_app))

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Answer:
        request = _request(environ)
        with self._lock:
            self.requests.append(request)
            asked = request.key if request.method == "GET" else f"{request.method} {request.key}"
            waiting = self.faults.get(asked, [])
            fault = waiting.pop(0) if waiting else None
        if fault is not None:
            return fault(self._moto, environ, start_response)
        return self._moto(environ, start_response)

    def forget(self) -> None:
        self.requests.clear()
        self.faults.clear()

    def listed(self) -> list[str]:
        """The prefixes of all listings."""
        return [each.prefix for each in self.requests if each.prefix is not None]

    def fetched(self) -> list[str]:
        """The keys of all objects that were asked for."""
        return [each.key for each in self.requests if each.method == "GET" and each.prefix is None]


def _request(environ: dict[str, Any]) -> Request:
    query = parse_qs(environ["QUERY_STRING"], keep_blank_values=True)
    path = unquote(environ["RAW_URI"].partition("?")[0]).lstrip("/")
    prefix = query.get("prefix", [""])[0] if "list-type" in query else None
    headers = {name[5:].lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    return Request(environ["REQUEST_METHOD"], path.partition("/")[2], prefix, headers)


def serve() -> Iterator[S3Server]:
    """For a fixture: a server until the test, or the module, is done."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    application = S3Server()
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    application.endpoint = f"http://127.0.0.1:{server.server_port}"
    yield application
    server.shutdown()
    thread.join()
    server.server_close()


def answers(status: str, code: str) -> Fault:
    """An error as S3 says it."""

    def fault(_: Application, __: dict[str, Any], start_response: Callable[..., Any]) -> Answer:
        body = f"<Error><Code>{code}</Code><Message>secret words</Message></Error>".encode()
        start_response(status, [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))])
        return [body]

    return fault


def cut_off(moto: Application, environ: dict[str, Any], start_response: Callable[..., Any]) -> Answer:
    """The connection ends in the middle of the body."""
    body = b"".join(moto(environ, start_response))
    return [body[: len(body) // 2]]


def shorter(moto: Application, environ: dict[str, Any], start_response: Callable[..., Any]) -> Answer:
    """Half of the body, as if that were all."""
    held: list[Any] = []
    body = b"".join(moto(environ, lambda status, headers, *_: held.extend((status, headers))))
    half = body[: len(body) // 2]
    others = [(name, value) for name, value in held[1] if name.lower() != "content-length"]
    start_response(held[0], [*others, ("Content-Length", str(len(half)))])
    return [half]


def first(act: Callable[[], Any]) -> Fault:
    """Something happens before the request is answered."""

    def fault(moto: Application, environ: dict[str, Any], start_response: Callable[..., Any]) -> Answer:
        act()
        return moto(environ, start_response)

    return fault
