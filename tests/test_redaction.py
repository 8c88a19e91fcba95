"""With `--redact`, nothing that identifies the organisation is left, and equal things stay equal."""

import gzip
import json
import re
import string
from collections.abc import Callable, Iterator
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from case_records import CaseRecords
from conftest import Outcome, Run, changed, trail, trail_records
from report_cases import LINES, only

import trailtrace
from trailtrace.errors import TrailtraceError, UsageError
from trailtrace.library import query_names
from trailtrace.redaction import Redactor, kept
from trailtrace.redaction.tokens import Tokens

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "sample_logs" / "AWSLogs"
SECRET = "an invented secret of this test"  # noqa: S105
QUESTIONS: list[dict[str, Any]] = json.loads((ROOT / "sample_logs" / "answers.json").read_text())
TARGETS = sorted({question["target"] for question in QUESTIONS})
GIVEN = {
    "address": "192.0.2.115",
    "at": "2026-05-05T15:10:00Z",
    "credential": "ASIA3KF6UTOHSVAMMEK6",
    "origin": "tomas",
    "resource": "wrenfield",
    "role": "CatalogueWriter",
    "since": "2026-05-04",
    "workload": "i-068f37b14ff77c2d5",
}
IDENTIFYING = re.compile(
    r"(accountId|accessKeyId|principalId|userName|arn|ARN|ARNPrefix|roleArn|roleSessionName|bucketName|key"
    r"|functionName|tableName|instanceId|subject|userId|identityStoreArn|secretId|groupName|databaseName"
    r"|logGroupName|logStreamName|queueUrl|keyId|snapshotId|imageId|privateIpAddress|sourceIPAddress|issuer"
    r"|credentialsIssuedTo|sourceIdentity|recipientAccountId|assumedRoleId|role_name|SwitchFrom|nameQualifier)"
)
WORD = re.compile(r"[\w.@+-]+")

Ask = Callable[..., Outcome]


def sample_records() -> Iterator[dict[str, Any]]:
    for path in sorted(SAMPLES.rglob("*.json.gz")):
        yield from json.loads(gzip.decompress(path.read_bytes()))["Records"]


def strings(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a record, with the name of its member."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from strings(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item, name)
    elif isinstance(value, str):
        yield name, value


@pytest.fixture(scope="module")
def identifiers() -> set[str]:
    """Every word of the sample logs that names an account, key, person, role, resource or address."""
    found = set()
    for record in sample_records():
        for name, text in strings(record):
            if IDENTIFYING.fullmatch(name):
                # The words of a path may be anybody's: terraform/token.
                found.update([text] if name in ("key", "secretId") else [text, *WORD.findall(text)])
    found = {word for word in found if _identifies(word)}
    assert {"111122223333", "tomas", "wrenfield-donors", "i-068f37b14ff77c2d5", "192.0.2.115"} <= found
    assert len(found) > 500
    return found


def _identifies(word: str) -> bool:
    """Not AWS's own words, service hosts, numbers of dates, Regions or types."""
    return (
        len(word) > 2
        and any(letter.isalpha() for letter in word)
        and word not in kept.WORDS
        and not re.fullmatch(r"[a-z0-9-]+\.(amazonaws\.com|aws\.internal)", word)
        and not re.fullmatch(r"AWSServiceRoleFor\w+|[a-z]{2}-[a-z]+-\d|AWS::.*|token\.actions\..*", word)
        and not re.fullmatch(r"https://[\w.-]+\.(amazonaws|aws\.amazon)\.com[\w/]*", word)
        and not re.fullmatch(r"[a-z.]+\.[a-z]{2}-[a-z]+-\d\.amazonaws\.com|AWS Internal", word)
    ) or re.fullmatch(r"\d{12}|\d{1,3}(\.\d{1,3}){3}", word) is not None


PAGE = re.compile(r"<style>.*?</style>|</?main\b|\"#?main\"", re.DOTALL)
"""Our own words in a page; its main part is called so."""


def survivors(identifiers: set[str], text: str) -> set[str]:
    text = PAGE.sub("", text)
    assert "wrenfield" not in text.lower()
    words = set(WORD.findall(text))
    words |= {word.strip(".") for word in words}
    simple = {name for name in identifiers if WORD.fullmatch(name)}
    composed = {name for name in identifiers - simple if name in text}
    return (simple & words) | composed


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("redaction") / "store.duckdb"
    trailtrace.load(path, [str(SAMPLES)])
    return path


@pytest.fixture
def ask(run: Run, store: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Runs a command on the store, redacted; stderr counts as output."""
    monkeypatch.setenv("TRAILTRACE_STORE", str(store))
    monkeypatch.setenv("TRAILTRACE_REDACT_KEY", SECRET)
    return lambda *arguments: run([*arguments, "--redact"])


@pytest.mark.parametrize("format", ["text", "json", "mermaid", "dot", "svg", "html"])
def test_who_did_names_nobody(format: str, ask: Ask, identifiers: set[str]) -> None:
    for target in TARGETS[::3]:
        answered = ask("who-did", target, "--format", format, "--explain")
        assert answered.code == 0
        assert survivors(identifiers, answered.stdout + answered.stderr) == set(), target


@pytest.mark.parametrize("format", ["text", "json", "csv"])
def test_events_of_a_question_name_nobody(format: str, ask: Ask, identifiers: set[str]) -> None:
    for question in (
        ["--since", "2026-05-04"],
        ["--ip", "192.0.2.0/24"],
        ["--resource", "no-bucket-of-wren", "--error", "AccessDenied"],
    ):
        answered = ask("who-did", *question, "--limit", "0", "--format", format)
        assert answered.code == (4 if "--resource" in question else 0)
        assert survivors(identifiers, answered.stdout + answered.stderr) == set(), question


@pytest.mark.parametrize("format", ["text", "json", "csv", "mermaid", "dot", "svg", "html"])
def test_what_did_names_nobody(format: str, ask: Ask, identifiers: set[str]) -> None:
    for target in TARGETS[::8]:
        answered = ask("what-did", target, "--format", format, "--all", "--now", "2026-05-08T10:00:00Z")
        assert answered.code == 0
        assert survivors(identifiers, answered.stdout + answered.stderr) == set(), target


@pytest.mark.parametrize("format", ["table", "csv", "json", "ndjson", "markdown"])
def test_sql_names_nobody(format: str, ask: Ask, identifiers: set[str]) -> None:
    others = ("sessions", "chains", "uses", "issuances", "files", "links") if format == "json" else ()
    rows = "using sample 200 (reservoir, 7)" if format == "table" else ""  # drawing a cell takes long
    for view in ("events_with_origin", *others):
        sql = f"select * from {view} {rows}"  # noqa: S608
        answered = ask("sql", sql, "--format", format, "--rows", "0")
        assert answered.code == 0
        assert answered.stdout
        assert survivors(identifiers, answered.stdout + answered.stderr) == set(), view


def test_no_named_query_names_anybody(ask: Ask, identifiers: set[str]) -> None:
    from trailtrace.library import named_query

    for name in query_names():
        needed = [param.name for param in named_query(name).params if param.default is None]
        values = [part for param in needed for part in ("--set", f"{param}={GIVEN[param]}")]
        answered = ask("query", name, *values, "--format", "json")
        assert answered.code == 0, answered.stderr
        assert survivors(identifiers, answered.stdout + answered.stderr) == set(), name


@pytest.mark.parametrize("format", ["html", "md", "json", "csv", "sarif"])
def test_a_report_names_nobody(format: str, ask: Ask, identifiers: set[str], tmp_path: Path) -> None:
    (tmp_path / "trailtrace.toml").write_text('[accounts.111122223333]\nname = "Wrenfield home"\n')
    answered = ask(
        "report",
        *("--since", "2026-05-06", "--now", "2026-05-11", "--format", format),
        *("--config", str(tmp_path / "trailtrace.toml")),
    )
    assert answered.code == 0
    assert survivors(identifiers, answered.stdout + answered.stderr) == set()


def test_a_redacted_report_still_says_what_was_found(store: Path, tmp_path: Path) -> None:
    (tmp_path / "log.json").write_bytes(trail(CaseRecords(LINES).records))
    with trailtrace.from_logs([str(tmp_path / "log.json")], redact=SECRET) as asked:
        report = asked.report(now=datetime(2026, 5, 3), settings=only())
    [reported] = report.findings
    found = reported.finding
    assert (found.name, found.title) == ("used-after-expiry", "Credential used after its end")
    assert re.fullmatch(
        r"arn:aws:sts::000\d{9}:assumed-role/redacted-\w{12}/redacted-\w{12}"
        r" made 1 call after its credential had ended at 2026-05-01T09:15:00Z",
        found.summary,
    )
    assert found.details[0][0] == "covered_until"
    assert report.snapshot is None
    assert found.summary in " ".join(report.summary)
    assert report.detections[0].title == "Credential used after its end"
    assert found.event_ids


@pytest.mark.parametrize("format", ["ndjson", "ocsf", "parquet"])
def test_an_export_names_nobody(format: str, ask: Ask, identifiers: set[str], tmp_path: Path) -> None:
    assert ask("export", str(tmp_path / "out"), "--format", format).code == 0
    paths = [str(path.relative_to(tmp_path)) for path in (tmp_path / "out").rglob("*")]
    if format == "parquet":
        files = (tmp_path / "out").rglob("*.parquet")
        text = "".join(
            json.dumps(row, default=str) for file in files for row in pl.read_parquet(file).to_dicts()
        )
    else:
        text = (tmp_path / "out").read_text()
    assert text
    assert survivors(identifiers, text + " ".join(paths)) == set()


def test_an_error_names_nobody(ask: Ask, identifiers: set[str]) -> None:
    for target in ("tomass", "ASIA3KF6UTOHSVAMMEK7", "arn:aws:iam::111122223333:user/tomass"):
        answered = ask("who-did", target, "--format", "json")
        assert answered.code == 4
        assert json.loads(answered.stdout)["answers"] == []
        assert survivors(identifiers, answered.stdout + answered.stderr) == set()


def test_a_redacted_export_has_the_same_chains(store: Path, tmp_path: Path) -> None:
    columns = (
        "select event_time, event_id, origin_kind, origin_id, origin_arn, origin_account_id, origin_name,"
        " origin_grade, origin_stop, origin_hops from events_with_origin order by event_time, event_id,"
        " recipient_account_id is null, event_name"
    )
    with trailtrace.open(store, redact=SECRET) as asked:
        asked.export(tmp_path / "out.ndjson")
        before = asked.sql(columns)
    with trailtrace.from_logs([str(tmp_path / "out.ndjson")]) as again:
        after = again.sql(columns)
    assert after.rows() == before.rows()
    assert after["origin_kind"].n_unique() > 5


def test_equal_stays_equal_across_commands(store: Path, tmp_path: Path) -> None:
    key = "ASIA3KF6UTOHSVAMMEK6"
    with trailtrace.open(store, redact=SECRET) as asked:
        [answer] = asked.who_did(key).answers
        rows = asked.sql(
            "select distinct access_key_id, origin_id, arn, source_ip_address"
            " from events_with_origin"
            " where access_key_id = 'ASIA3KF6UTOHSVAMMEK6'"
        ).rows()
        asked.export(tmp_path / "out.ndjson")
        scope = asked.what_did(key)
    with trailtrace.from_logs([str(tmp_path / "out.ndjson")], redact=None) as again:
        token = answer.credential.access_key_id
        assert token is not None and token.startswith("ASIA0000")
        [same] = again.who_did(token).answers
    assert rows == [(token, answer.origin.id, answer.credential.arn, answer.addresses[0])]
    assert same.origin == answer.origin
    assert same.grade == answer.grade
    assert [hop.role_arn for hop in same.hops] == [hop.role_arn for hop in answer.hops]
    assert token in {key for session in scope.sessions for key in session.access_key_ids}


def test_different_stays_different_and_another_secret_tells_nothing(identifiers: set[str]) -> None:
    one, other = Redactor(SECRET.encode()), Redactor(SECRET.encode() + b"x")
    tokens = {name: one.text("", name) for name in identifiers}
    assert len(set(tokens.values())) == len(tokens)
    assert not set(tokens.values()) & {other.text("", name) for name in identifiers}


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("111122223333", r"000\d{9}"),
        ("AKIARTX3GSDSXFKBRBYF", r"AKIA0000[A-Z2-7]{12}"),
        ("AROA3KF6UTOHQKO6IWLJW:noor", r"AROA0000[A-Z2-7]{13}:redacted-[a-z2-7]{12}"),
        ("i-068f37b14ff77c2d5", r"i-fffff[0-9a-f]{12}"),
        ("tomas", r"redacted-[a-z2-7]{12}"),
        ("hana@wrenfield.example", r"redacted-[a-z2-7]{12}@redacted\.invalid"),
        ("192.0.2.1", r"100::[0-9a-f:]+"),
        ("2001:db8::1", r"100::[0-9a-f:]+"),
        ("10.0.0.0/8", r"100::[0-9a-f:]+/8"),
        (
            "75b335c3-61ba-499f-80a0-242c172884ad",
            r"ffffffff-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        ),
        ("arn:aws:iam::111122223333:role/a/Deploy", r"arn:aws:iam::000\d{9}:role/redacted-\w+/redacted-\w+"),
        ("AWSReservedSSO_Admin_d0ce23a400d9bd55", r"AWSReservedSSO_redacted-\w{12}_ffff[0-9a-f]{12}"),
        ("ec2.amazonaws.com", r"ec2\.amazonaws\.com"),
        ("zoo.s3.eu-west-1.amazonaws.com", r"redacted-\w+\.s3\.eu-west-1\.amazonaws\.com"),
    ],
)
def test_a_token_has_the_shape_of_what_it_stands_for(text: str, form: str) -> None:
    assert re.fullmatch(form, Redactor(SECRET.encode()).text("", text))


def test_tokens_are_valid_addresses_that_nobody_has() -> None:
    token = Redactor(SECRET.encode()).text("source_ip_address", "198.51.100.7")
    assert ip_address(token).is_private


@pytest.mark.parametrize(
    "sql",
    [
        "select distinct user_name as event_name from identities",
        "select distinct arn as why, principal_id as rule, session_issuer_user_name as kind from identities",
        "select account_id::bigint as n, [account_id, user_name] as l, {'a': arn} as s from identities",
        "select json_object('x', arn, arn, 1) as j from identities where arn is not null",
        "select arn || ' took ' || coalesce(user_name, '') as text from identities",
        "select map([account_id], [arn]) as m from identities where account_id is not null",
    ],
)
@pytest.mark.parametrize("format", ["json", "parquet"])
def test_no_alias_gets_around_it(
    sql: str, format: str, ask: Ask, identifiers: set[str], tmp_path: Path
) -> None:
    answered = ask("sql", sql, "--format", format, "--out", str(tmp_path / "out"))
    assert answered.code == 0, answered.stderr
    path = tmp_path / "out"
    text = path.read_text() if format == "json" else json.dumps(pl.read_parquet(path).to_dicts(), default=str)
    assert survivors(identifiers, text) == set()


def test_hostile_text_is_redacted_too(tmp_path: Path) -> None:
    record = trail_records()[1]
    deep: Any = "zoo-keeper"
    for _ in range(400):
        deep = {"x": deep}
    odd = changed(
        record, "requestParameters", {"zoo-keeper@zoo.example": 1, "deep": deep, "big": 111122223333}
    )
    odd = changed(odd, "errorMessage", "zoo-keeper is not known in zoo-account")
    odd["zooMember"] = {"who": ["zoo-keeper", {"a": 'x "zoo-keeper" \ud800'}]}
    (tmp_path / "log.json").write_bytes(trail([odd, *trail_records()]))
    with trailtrace.from_logs([str(tmp_path / "log.json")], redact=SECRET) as asked:
        for name in ("ndjson", "ocsf"):
            summary = asked.export(tmp_path / name, name)
            text = (tmp_path / name).read_text()
            assert summary.events == len(text.splitlines()) >= 4
            assert "zoo-" not in text
            assert "111122223333" not in text


def test_a_free_text_message_is_kept_only_where_aws_wrote_it() -> None:
    redactor = Redactor(SECRET.encode())
    refused = "User: arn:aws:iam::111122223333:user/zoe is not authorized to perform: s3:GetObject"
    kept_text = redactor.text(
        "error_message", f"{refused} because no identity-based policy allows the s3:GetObject action"
    )
    assert "is not authorized to perform: s3:GetObject because no identity-based policy" in kept_text
    assert "zoe" not in kept_text
    for message in ("The user with name zoe cannot be found.", f"{refused} said zoe"):
        assert "zoe" not in redactor.text("error_message", message)


def test_two_accounts_that_would_look_the_same_are_an_error() -> None:
    class Narrow(Tokens):
        def _bits(self, kind: str, text: str) -> int:
            return 7

    tokens = Narrow(b"secret")
    tokens.account("111122223333")
    tokens.account("111122223333")
    with pytest.raises(TrailtraceError, match="choose another secret"):
        tokens.account("444455556666")


@pytest.mark.parametrize(
    ("environment", "arguments", "said"),
    [
        ({}, ["--redact"], "set TRAILTRACE_REDACT_KEY"),
        ({"TRAILTRACE_REDACT_KEY": "short"}, ["--redact"], "can be guessed"),
        ({}, ["--redact", "--redact-key-file", "none.txt"], "none.txt"),
        ({}, ["--redact-key-file", "none.txt"], "give --redact too"),
    ],
)
def test_without_a_good_secret_nothing_is_printed(
    environment: dict[str, str],
    arguments: list[str],
    said: str,
    store: Path,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TRAILTRACE_REDACT_KEY", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for command in (
        ["who-did", "tomas"],
        ["what-did", "tomas"],
        ["query", "grades"],
        ["sql", "select 1"],
        ["export", "-"],
    ):
        refused = run([*command, "--store", str(store), *arguments])
        assert (refused.code, refused.stdout) == (2, "")
        assert said in refused.stderr


def test_the_secret_comes_from_a_file_as_from_the_environment(
    ask: Ask, run: Run, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text(SECRET + "\n")
    from_environment = ask("who-did", "ASIA3KF6UTOHSVAMMEK6")
    monkeypatch.delenv("TRAILTRACE_REDACT_KEY")
    from_file = run(
        ["who-did", "ASIA3KF6UTOHSVAMMEK6", "--redact", "--redact-key-file", str(tmp_path / "key")]
    )
    assert from_file == from_environment
    assert SECRET not in from_file.stdout + from_file.stderr


def test_a_secret_is_checked_by_the_library_too(store: Path) -> None:
    with pytest.raises(UsageError):
        trailtrace.open(store, redact="short")


@pytest.mark.parametrize("word", sorted(kept.WORDS))
def test_what_is_kept_is_no_identifier_by_form(word: str) -> None:
    assert not Tokens(b"x").identifies(word)
    assert set(word) <= set(string.ascii_letters + string.digits + "-_.")


def test_order_of_arrival_changes_no_token(tmp_path: Path) -> None:
    records = CaseRecords(
        ["09:00 user/alice assumes role/Deploy as ci -> K1", "09:05 K1 calls s3 GetObject"]
    ).records
    texts = []
    for number, order in enumerate((records, records[::-1])):
        (tmp_path / f"{number}.json").write_bytes(trail(order))
        with trailtrace.from_logs([str(tmp_path / f"{number}.json")], redact=SECRET) as asked:
            asked.export(tmp_path / f"{number}.ndjson")
        texts.append((tmp_path / f"{number}.ndjson").read_text())
    assert texts[0] == texts[1]
