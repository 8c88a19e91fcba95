"""No session token or secret key of a record gets into the store, an answer, an export or an error."""

import gzip
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import pytest
from conftest import TOKEN, Load, Run, trail, trail_records

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "sample_logs" / "AWSLogs"
SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYab"  # noqa: S105  # nobody's
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
ISSUED, USED, *_ = trail_records()

PLACES: dict[str, tuple[str, Any]] = {
    "camel": ("requestParameters", {"sessionToken": TOKEN}),
    "pascal": ("requestParameters", {"SessionToken": TOKEN}),
    "snake": ("requestParameters", {"aws_session_token": TOKEN}),
    "kebab": ("requestParameters", {"session-token": TOKEN}),
    "header": ("additionalEventData", {"X-Amz-Security-Token": TOKEN}),
    "security": ("requestParameters", {"securityToken": TOKEN}),
    "identity": ("requestParameters", {"webIdentityToken": TOKEN, "idToken": TOKEN}),
    "list": ("requestParameters", {"sessionToken": [TOKEN]}),
    "URL": ("requestParameters", {"url": f"https://b/?X-Amz-Security-Token={quote(TOKEN, safe='')}&a=1"}),
    "settings": ("requestParameters", {"environment": {"variables": {"AWS_SESSION_TOKEN": TOKEN}}}),
    "script": ("requestParameters", {"script": f'export AWS_SESSION_TOKEN="{TOKEN}"\nls'}),
    "secret key": ("responseElements", {"accessKey": {"secretAccessKey": SECRET}}),
    "secret in script": ("requestParameters", {"script": f"AWS_SECRET_ACCESS_KEY={SECRET} aws s3 ls"}),
    "text": ("responseElements", json.dumps({"credentials": {"sessionToken": TOKEN}})),
    "text in text": ("requestParameters", {"body": json.dumps({"a": json.dumps({"SessionToken": TOKEN})})}),
    "hidden": ("responseElements", {"credentials": {"sessionToken": HIDDEN}}),
    "user agent": ("userAgent", f"curl X-Amz-Security-Token={quote(TOKEN, safe='')}"),
    "error": ("errorMessage", f"refused: X-Amz-Security-Token={quote(TOKEN, safe='')}"),
    "resources": ("resources", [{"ARN": "arn:aws:s3:::b", "sessionToken": TOKEN}]),
    "TLS": ("tlsDetails", {"sessionToken": TOKEN}),
    "addendum": ("addendum", {"sessionToken": TOKEN}),
    "service": ("serviceEventDetails", {"sessionToken": TOKEN}),
    "new member": ("newMember", {"sessionToken": TOKEN}),
    "identity member": ("userIdentity", {**USED["userIdentity"], "sessionToken": TOKEN}),
}


def pieces(secret: str) -> list[str]:
    return [secret[start : start + 16] for start in range(0, max(len(secret) - 16, 1), 16)]


def found(text: str, secrets: list[str]) -> list[str]:
    return [piece for secret in secrets for piece in pieces(secret) if piece in text]


def contents(store: Path) -> str:
    """The bytes of the store and its log, and what its tables hold, which the bytes have compressed."""
    texts = [path.read_bytes().decode("latin-1") for path in store.parent.glob(store.name + "*")]
    with duckdb.connect(store, read_only=True) as connection:
        for (table,) in connection.execute("show tables").fetchall():
            texts += map(str, connection.table(table).fetchall())
    return "\n".join(texts)


def test_no_spelling_and_no_place_lets_a_secret_through(load: Load, run: Run, tmp_path: Path) -> None:
    records = [USED | {"eventID": name, place: value} for name, (place, value) in PLACES.items()]
    damaged = json.dumps(ISSUED)[:-1].replace('"eventTime"', '"when"').encode() + b"}"
    loaded = load(trail([*records, ISSUED, damaged]))
    assert len(loaded.rejects) == 1
    store = str(loaded.store)
    secrets = [TOKEN, quote(TOKEN, safe=""), SECRET, HIDDEN]
    assert found(contents(loaded.store), secrets) == []
    assert loaded.rows("select count(*) from events where cast(events as varchar) like '%[redacted]%'") == [
        (len(PLACES) + 1,)
    ]
    for form in ("ndjson", "ocsf"):
        outcome = run(["export", str(tmp_path / form), "--format", form, "--store", store])
        assert outcome.code == 0
        assert found((tmp_path / form).read_text(), secrets) == []
    key = str(USED["userIdentity"]["accessKeyId"])
    for arguments in (
        ["who-did", key, "--format", "json"],
        ["who-did", "URL"],
        ["what-did", key, "--now", "2026-05-02"],
        ["status", "--rejects"],
        ["query", "rejected-records", "--format", "csv"],
        ["sql", "select * from calls", "--format", "json"],
    ):
        outcome = run([*arguments, "--store", store])
        assert found(outcome.stdout + outcome.stderr, secrets) == []


def test_a_token_that_is_typed_as_a_target_is_not_repeated_whole(load: Load, run: Run) -> None:
    store = str(load(trail([ISSUED])).store)
    outcome = run(["sql", f"select '{TOKEN}' from", "--store", store])
    assert outcome.code == 2
    assert TOKEN not in outcome.stderr


def test_no_token_of_the_sample_logs_is_in_their_store(load: Load) -> None:
    texts = [gzip.decompress(path.read_bytes()).decode() for path in SAMPLES.rglob("*.gz")]
    tokens = sorted({token for text in texts for token in re.findall(r'"sessionToken":\s*"([^"]+)"', text)})
    assert len(tokens) > 20
    held = contents(load(SAMPLES).store)
    assert [token for token in tokens if token[:24] in held] == []


@pytest.mark.parametrize("name", ["nextToken", "clientToken", "continuationToken"])
def test_tokens_that_open_nothing_stay(name: str, load: Load) -> None:
    loaded = load(trail([USED | {"requestParameters": {name: "page-2"}}]))
    [(parameters,)] = loaded.rows("select request_parameters from events")
    assert json.loads(parameters) == {name: "page-2"}
