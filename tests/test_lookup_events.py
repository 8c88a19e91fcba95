"""`trailtrace ingest lookup-events://`: everything once, at AWS's pace, and on from where it stopped."""

import inspect
import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from types import FrameType

import pytest
from botocore.loaders import create_loader
from case_records import CaseRecords, Record
from cloudtrail_api import Asked, CloudTrailApi, Refusal, aws_environment, killing, serving
from conftest import TOKEN, Load, Loaded, Outcome, Run, changed, leaked_tokens, ledger_errors, trail
from hypothesis import given
from hypothesis import strategies as st

import trailtrace
from trailtrace import lookups
from trailtrace.aws.lookup_events import PER_SECOND
from trailtrace.aws.pace import Pace
from trailtrace.aws.spans import Span, merged, without
from trailtrace.cli import asking, output

NOW = datetime(2026, 5, 1, 20, 0, 0)
HOUR = timedelta(hours=1)
ACCOUNT = "111111111111"


def day() -> list[Record]:
    """A role session of many calls in eu-west-1, its issuance in us-east-1, and some calls there."""
    calls = (
        f"{9 + minute // 60:02}:{minute % 60:02} K1 calls ec2 DescribeInstances in eu-west-1"
        for minute in range(1, 181)
    )
    others = (f"10:{minute:02} user/bob calls iam ListUsers" for minute in range(59))
    records = CaseRecords(["09:00 user/alice assumes role/Deploy as ci-42 -> K1", *calls, *others]).records
    records[0]["responseElements"]["credentials"]["sessionToken"] = TOKEN
    return records


RECORDS = day()


@pytest.fixture(scope="module")
def server() -> Iterator[CloudTrailApi]:
    with serving(CloudTrailApi()) as api:
        yield api


one_loader = cache(create_loader)


@pytest.fixture
def api(server: CloudTrailApi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[CloudTrailApi]:
    """The API of an account with that day, and of another; nobody waits for AWS's pace."""
    fresh = CloudTrailApi()
    for name in ("regions", "events", "keys", "asked", "keys_asked", "before", "order"):
        setattr(server, name, getattr(fresh, name))
    server.accounts = {"AKIAONE": ACCOUNT, "AKIATWO": "222222222222", "AKIASAME": ACCOUNT}
    server.put(RECORDS)
    profiles = {"one": "AKIAONE", "two": "AKIATWO", "same": "AKIASAME"}
    for name, value in aws_environment(server.url, tmp_path, profiles).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setattr("botocore.session.create_loader", one_loader)  # reads AWS's models once
    monkeypatch.setattr(lookups, "PER_SECOND", 10_000.0)
    monkeypatch.setattr(asking, "present", lambda: NOW)
    yield server


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """An ingest of the same records from a file."""
    folder = tmp_path_factory.mktemp("plain")
    (folder / "log.json").write_bytes(trail(RECORDS))
    trailtrace.load(folder / "plain.duckdb", [str(folder / "log.json")])
    return Loaded(Outcome(0, "", ""), folder / "plain.duckdb")


def look_up(run: Run, store: Path, *options: str) -> Loaded:
    """Runs it, and checks what holds for every load."""
    loaded = Loaded(run(["ingest", "lookup-events://", "--store", str(store), *options]), store)
    assert loaded.outcome.stdout == ""
    if store.exists():
        assert ledger_errors(loaded.rows) == []
        assert leaked_tokens(loaded) == []
    assert "SECRET" not in loaded.outcome.stderr
    return loaded


def test_it_gives_what_an_ingest_of_the_records_gives_in_files_with_names_and_says_how_far_it_is(
    run: Run, api: CloudTrailApi, tmp_path: Path, plain: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "EVERY_SECONDS", 0.0)
    found = look_up(run, tmp_path / "s.duckdb")
    assert found.outcome.code == 0
    assert found.events() == plain.events()
    origins = "select * exclude (use_id) from origins order by all"
    assert found.rows(origins) == plain.rows(origins)
    [(files, read)] = found.rows("select count(*), sum(read) from files where container = 'lookup_events'")
    assert (files, read) == (2 + 4, len(RECORDS))
    newest = max(RECORDS, key=lambda r: (r["awsRegion"] == "us-east-1", r["eventTime"], r["eventID"]))
    name = f"lookup-events://{ACCOUNT}/us-east-1/{newest['eventTime']}/{newest['eventID']}"
    assert (name,) in found.rows("select uri from files")
    assert "looked up 100% of the time, 240 events, 2 of 2 Regions done" in found.outcome.stderr
    assert " left\n" in found.outcome.stderr
    assert "us-east-1" not in found.outcome.stderr


def test_a_later_run_asks_for_what_is_new_and_for_the_hour_before_the_last_run(
    run: Run, api: CloudTrailApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, load: Load
) -> None:
    store = tmp_path / "s.duckdb"
    look_up(run, store)
    api.asked.clear()
    late = [changed(RECORDS[1], "eventID", "late"), changed(RECORDS[1], "eventID", "new")]
    late[0]["eventTime"], late[1]["eventTime"] = "2026-05-01T19:10:00Z", "2026-05-01T21:00:00Z"
    api.put(late)
    monkeypatch.setattr(asking, "present", lambda: NOW + 2 * HOUR)
    found = look_up(run, store)
    assert {(asked.start, asked.end) for asked in api.asked} == {
        (NOW - HOUR, NOW + 2 * HOUR - timedelta(seconds=1))
    }
    assert found.events() == load(trail([*RECORDS, *late]), store="plain").events()
    assert "asks for the rest" in found.outcome.stderr
    api.asked.clear()
    assert look_up(run, store, "--until", "2026-05-01T15:00:00Z").outcome.code == 0  # nothing is left to ask
    assert api.asked == []


def test_an_earlier_time_is_asked_for_later(
    run: Run, api: CloudTrailApi, tmp_path: Path, plain: Loaded
) -> None:
    store = tmp_path / "s.duckdb"
    look_up(run, store, "--since", "2026-05-01T10:00:00Z", "--until", "2026-05-01T11:00:00Z")
    api.asked.clear()
    assert look_up(run, store).events() == plain.events()
    noon = datetime(2026, 5, 1, 10, 30)
    assert not any(asked.start <= noon <= asked.end for asked in api.asked)


SCRIPT = """
import os, signal, sys
from datetime import datetime
import trailtrace
from trailtrace import lookups
from trailtrace.store import open_store

def commit(run, real=lookups._Run._commit):
    real(run)
    with open_store(run.path) as store:
        if any(region == sys.argv[3] for _, region, _, _ in store.run("store/lookups")):
            os.kill(os.getpid(), signal.SIGKILL)

if len(sys.argv) > 3:
    lookups._Run._commit = commit
lookups.PER_SECOND, lookups.COMMIT_SECONDS, lookups.COMMIT_TIMES, lookups.PAGES_AHEAD = 10_000.0, 0.0, 0, 1
trailtrace.lookup_events(sys.argv[1], now=datetime.fromisoformat(sys.argv[2]))
"""
"""A run; with a Region, it is killed as soon as the store notes that something was told of that one."""


def test_a_run_that_is_killed_goes_on_where_it_stopped(
    api: CloudTrailApi, tmp_path: Path, plain: Loaded
) -> None:
    store = tmp_path / "s.duckdb"
    command = [sys.executable, "-c", SCRIPT, str(store), NOW.isoformat()]
    asked = []
    for more in (["eu-west-1"], []):
        with subprocess.Popen([*command, *more], env={**os.environ, "PYTHONPATH": "."}) as process:
            if not more:
                api.before = killing(lambda process=process: process.pid, 3)  # type: ignore[misc]
        assert process.returncode == -signal.SIGKILL
        asked.append(list(api.asked))
        api.asked.clear()
    api.before = lambda _: None
    trailtrace.lookup_events(store, now=NOW)
    asked.append(list(api.asked))
    with trailtrace.open(store) as opened:
        assert opened.status().unaccounted == ()
    loaded = Loaded(plain.outcome, store)
    assert loaded.events() == plain.events()
    old = [[each for each in run if each.start < NOW - HOUR] for run in asked]
    ends = [[each.end for each in run if each.region == "eu-west-1"] for run in old]
    tops = [max(each) for each in ends if each]  # the second run may be killed before it asks for old events
    assert tops == sorted(tops, reverse=True)
    assert all(tops[0] > top for top in tops[1:])  # nobody begins from the top again


def test_what_was_told_before_ctrl_c_is_loaded(api: CloudTrailApi, tmp_path: Path) -> None:
    told = []

    def impatient(progress: lookups.LookupProgress) -> None:
        told.append(progress.events)
        if progress.events >= 50:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trailtrace.lookup_events(tmp_path / "s.duckdb", now=NOW, progress=impatient)
    assert trailtrace.lookup_events(tmp_path / "s.duckdb", now=NOW).loaded.kept == len(RECORDS) - told[-1]


@pytest.mark.parametrize("at", ["spans = {", "together("])
def test_ctrl_c_in_the_middle_of_a_commit_loses_nothing(
    api: CloudTrailApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    monkeypatch.setattr(lookups, "COMMIT_SECONDS", 0.0)
    api.events = {(ACCOUNT, "us-east-1"): RECORDS[:1]}
    code = lookups._Run._commit
    lines, first = inspect.getsourcelines(code)
    [number] = [first + count for count, line in enumerate(lines) if at in line]

    def interrupt(frame: FrameType, event: str, _: object) -> object:
        if frame.f_code is not code.__code__:
            return None
        if event == "line" and frame.f_lineno == number:
            sys.settrace(None)
            raise KeyboardInterrupt
        return interrupt

    before = sys.gettrace()
    sys.settrace(interrupt)  # type: ignore[arg-type]
    try:
        with pytest.raises(KeyboardInterrupt):
            trailtrace.lookup_events(tmp_path / "s.duckdb", regions=["us-east-1"], now=NOW)
    finally:
        sys.settrace(before)
    trailtrace.lookup_events(tmp_path / "s.duckdb", regions=["us-east-1"], now=NOW)
    with trailtrace.open(tmp_path / "s.duckdb") as opened:
        assert opened.status().events == 1


def test_a_token_that_aws_forgot_loses_nothing(
    run: Run, api: CloudTrailApi, tmp_path: Path, plain: Loaded
) -> None:
    count = itertools.count()

    def forgetful(asked: Asked) -> None:
        if asked.token is not None and next(count) % 3 == 0:
            raise Refusal("InvalidNextTokenException")

    api.before = forgetful
    assert look_up(run, tmp_path / "s.duckdb").events() == plain.events()


def test_a_token_that_never_works_is_an_error(run: Run, api: CloudTrailApi, tmp_path: Path) -> None:
    same_second = [{**RECORDS[1], "eventID": f"e{n}"} for n in range(120)]
    api.events = {(ACCOUNT, "eu-west-1"): same_second}

    def refusing(asked: Asked) -> None:
        if asked.token is not None:
            raise Refusal("InvalidNextTokenException")

    api.before = refusing
    found = look_up(run, tmp_path / "s.duckdb", "--region", "eu-west-1")
    assert found.outcome.code == 1
    assert "InvalidNextTokenException" in found.outcome.stderr
    api.before = lambda _: None
    assert len(look_up(run, tmp_path / "s.duckdb", "--region", "eu-west-1").events()) == 120


def test_pages_in_no_order_are_loaded_and_not_taken_for_told(
    run: Run, api: CloudTrailApi, tmp_path: Path, plain: Loaded
) -> None:
    api.order = lambda page: page[::2] + page[1::2]
    count = itertools.count()

    def failing(asked: Asked) -> None:
        if asked.region == "eu-west-1" and next(count) == 3:
            raise Refusal("AccessDeniedException")

    api.before = failing
    store = tmp_path / "s.duckdb"
    assert look_up(run, store, "--region", "eu-west-1").outcome.code == 1
    api.asked.clear()
    found = look_up(run, store)
    assert found.events() == plain.events()
    assert max(each.end for each in api.asked) == NOW - timedelta(seconds=1)
    assert found.rows("select count(*) from lookups") == [(2,)]


def test_a_region_that_refuses_does_not_keep_the_others(
    run: Run, api: CloudTrailApi, tmp_path: Path, plain: Loaded
) -> None:
    def refusing(asked: Asked) -> None:
        if asked.region == "eu-west-1":
            raise Refusal("AccessDeniedException")

    api.before = refusing
    store = tmp_path / "s.duckdb"
    found = look_up(run, store)
    assert found.outcome.code == 1
    assert (
        f"trailtrace: lookup-events://{ACCOUNT}/eu-west-1: AccessDeniedException: no: it needs"
        " cloudtrail:LookupEvents, see docs/lookup-events.md\n" in found.outcome.stderr
    )
    assert len(found.events()) == 60
    api.before = lambda _: None
    assert look_up(run, store).events() == plain.events()


def test_requests_are_made_at_the_pace_of_the_account_tried_again_or_not(
    run: Run, api: CloudTrailApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plain: Loaded
) -> None:
    turns: list[float] = []

    class Counted(Pace):
        def wait(self) -> None:
            turns.append(self._apart)

    count = itertools.count()

    def throttling(_: Asked) -> None:
        if next(count) == 4:
            raise Refusal("ThrottlingException")

    api.before = throttling
    monkeypatch.setattr(lookups, "PER_SECOND", PER_SECOND)
    monkeypatch.setattr(lookups, "Pace", Counted)
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    found = look_up(run, tmp_path / "s.duckdb")
    assert found.events() == plain.events()
    assert len(turns) == len(api.asked) == 7
    assert min(turns) >= 0.5


@given(st.lists(st.floats(0, 3), min_size=1, max_size=40), st.sampled_from([0.5, 2.0, 10.0]))
def test_no_second_has_more_turns_than_the_pace_allows(gaps: list[float], per_second: float) -> None:
    now = 100.0
    turns = []

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    pace = Pace(per_second, lambda: now, sleep)
    for gap in gaps:
        now += gap
        pace.wait()
        turns.append(now)
    assert all(later - earlier >= 1 / per_second - 1e-9 for earlier, later in itertools.pairwise(turns))


def test_all_profiles_accounts_are_asked_each_once(run: Run, api: CloudTrailApi, tmp_path: Path) -> None:
    api.put(RECORDS[:1], "222222222222")
    options = ["--profile", "one", "--profile", "two", "--profile", "same", "--region", "us-east-1"]
    found = look_up(run, tmp_path / "s.duckdb", *options)
    assert found.outcome.code == 0
    assert f"profile same is in account {ACCOUNT} too: asked once" in found.outcome.stderr
    assert {asked.account_id for asked in api.asked} == {ACCOUNT, "222222222222"}
    assert len(api.asked) == 2 + 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--profile", "nobody", "--profile", "one"], "cannot sign in to AWS: The config profile (nobody)"),
        (["--region", "eu west"], f"lookup-events://{ACCOUNT}/eu west: Provided region_name 'eu west'"),
    ],
)
def test_a_profile_or_a_region_that_is_none_does_not_keep_the_others(
    run: Run, api: CloudTrailApi, tmp_path: Path, options: list[str], said: str
) -> None:
    found = look_up(run, tmp_path / "s.duckdb", *options, "--region", "us-east-1")
    assert found.outcome.code == 1
    assert f"trailtrace: {said}" in found.outcome.stderr
    assert len(found.events()) == 60


def test_the_region_of_global_services_is_offered_with_the_reason(
    run: Run, api: CloudTrailApi, tmp_path: Path
) -> None:
    found = look_up(run, tmp_path / "s.duckdb", "--region", "eu-west-1")
    assert {asked.region for asked in api.asked} == {"eu-west-1"}
    assert "us-east-1 is not among the Regions: calls of global services" in found.outcome.stderr
    assert "add --region us-east-1\n" in found.outcome.stderr


def test_ninety_days_are_said(run: Run, api: CloudTrailApi, tmp_path: Path) -> None:
    found = look_up(run, tmp_path / "s.duckdb", "--since", "2025-12-01")
    assert (
        "trailtrace: LookupEvents reaches back 90 days only: asks from 2026-01-31T20:00:00Z, not"
        " 2025-12-01T00:00:00Z; what is older, only a trail's bucket has\n"
        "trailtrace: asks 1 account in 2 Regions for management events from 2026-01-31T20:00:00Z to"
        " 2026-05-01T20:00:00Z: LookupEvents keeps 90 days, and has no data events\n"
    ) in found.outcome.stderr
    assert {asked.start for asked in api.asked} == {NOW - timedelta(days=90)}
    gone = run(["ingest", "lookup-events://", "--until", "2026-01-01", "--store", str(tmp_path / "no")])
    assert gone.code == 2


def test_no_events_of_that_time_end_with_3(run: Run, api: CloudTrailApi, tmp_path: Path) -> None:
    found = look_up(run, tmp_path / "s.duckdb", "--until", "2026-04-01")
    assert found.outcome.code == 3
    assert found.rows("select count(*) from files") == [(0,)]


def test_an_item_without_a_record_is_counted(
    run: Run, api: CloudTrailApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = dict(RECORDS[1], eventID="odd")
    api.put([odd])
    monkeypatch.setattr("cloudtrail_api.json.dumps", _broken_record)
    found = look_up(run, tmp_path / "s.duckdb")
    assert found.outcome.code == 0
    assert [why for _, why in found.rejects] == ["invalid_json"]


def _broken_record(value: object, dumps: object = json.dumps) -> str:
    text: str = dumps(value)  # type: ignore[operator]
    odd = isinstance(value, dict) and value.get("eventID") == "odd"
    return text[:40] if odd else text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--profile", "nobody"], "cannot sign in to AWS: The config profile (nobody) could not be found"),
        (["logs/"], "lookup-events://: give it alone, and choose with --profile and --region"),
    ],
)
def test_what_cannot_be_asked_is_said_in_a_line(
    options: list[str], said: str, run: Run, api: CloudTrailApi, tmp_path: Path
) -> None:
    outcome = look_up(run, tmp_path / "s.duckdb", *options).outcome
    assert outcome.code in (1, 2)
    assert outcome.stderr == f"trailtrace: error: {said}\n"


def test_credentials_that_aws_does_not_know_are_said(run: Run, api: CloudTrailApi, tmp_path: Path) -> None:
    api.accounts = {}
    outcome = look_up(run, tmp_path / "s.duckdb").outcome
    assert (outcome.code, outcome.stderr) == (
        1,
        "trailtrace: error: cannot sign in to AWS: UnrecognizedClientException: no: AWS does not know these"
        " credentials: check the profile\n",
    )


def test_without_boto3_a_line_says_how_to_get_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    outcome = look_up(run, tmp_path / "s.duckdb").outcome
    assert (outcome.code, outcome.stderr) == (
        1,
        "trailtrace: error: boto3 is not installed: run pip install 'trailtrace[aws]'\n",
    )


moments = st.integers(0, 40).map(lambda n: NOW + n * HOUR)
spans = st.builds(Span, moments, moments)


@given(spans, st.lists(spans, max_size=8))
def test_what_was_told_and_what_was_not_are_the_whole_time(wanted: Span, told: list[Span]) -> None:
    def hours(some: list[Span]) -> set[datetime]:
        every = (NOW + n * HOUR for n in range(41))
        return {hour for hour in every if any(span.start <= hour < span.end for span in some)}

    left = without(wanted, told)
    assert hours(left) == hours([wanted]) - hours(told)
    assert hours(merged(told)) == hours(told)
    assert all(a.end < b.start for a, b in itertools.pairwise(merged(told)))
    assert all(a.end < b.start for a, b in itertools.pairwise(left))
