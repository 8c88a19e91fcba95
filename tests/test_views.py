"""The views that anybody's SQL is written against: their columns are documented, their rows add up."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import make_reference
import pytest
import yaml
from case_records import CaseRecords
from conftest import Load, Run, trail

import trailtrace

SAMPLES = Path(__file__).parent.parent / "sample_logs" / "AWSLogs"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("views") / "store.duckdb"
    trailtrace.load(path, [str(SAMPLES)])
    return path


@pytest.fixture
def client(store: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB client that knows nothing of trailtrace."""
    with duckdb.connect(store, read_only=True) as connection:
        yield connection


@pytest.mark.parametrize("view", make_reference.VIEWS)
def test_every_column_says_what_it_means(view: str, client: duckdb.DuckDBPyConnection) -> None:
    described = client.execute(
        "select column_name, comment from duckdb_columns() where table_name = $view", {"view": view}
    ).fetchall()
    assert described
    if view != "calls":
        assert [name for name, comment in described if not comment] == []
    [(comment,)] = client.execute(
        "select comment from duckdb_views() where view_name = $view", {"view": view}
    ).fetchall()
    assert comment


def test_calls_has_the_columns_of_events_with_origin(client: duckdb.DuckDBPyConnection) -> None:
    assert client.table("calls").columns == client.table("events_with_origin").columns


# An event's use and origin as the records say them, of each event alone: the view takes a shorter way.
PLAINLY = """
with judged as (
    select
        events.*,
        is_authenticated(event_source, event_name, response_elements, error_code)
            and told_by_own_account(
                user_identity_type, account_id, arn, recipient_account_id, event_version
            ) as authenticated,
        authenticated_use_id,
        unauthenticated_use_id
    from events
    join named_identities on named_identities.identity_id = events.identity_id
),
identified as (
    select
        *,
        use_id_at(
            case when authenticated then authenticated_use_id else unauthenticated_use_id end,
            event_source, event_name, event_time
        ) as use_id
    from judged
)
select identified.file_id, identified.record, authenticated, identified.use_id, origins.kind, origins.id, hops
from identified
left join copies on copies.file_id = identified.file_id and copies.record = identified.record
left join origins
    on origins.use_id = coalesce(copies.use_id, identified.use_id)
    and identified.event_time >= coalesce(covers_from, identified.event_time)
    and identified.event_time <= coalesce(covers_until, identified.event_time)
order by all
"""


@pytest.mark.parametrize(
    ("cases", "rules"),
    [("*.yml", ["L15", "L17", "issued"]), ("l17_foreign_session_seen.yml", ["L15", "L17"])],
)
def test_every_event_has_the_use_and_origin_that_its_record_gives_it(
    cases: str, rules: list[str], load: Load
) -> None:
    records = [
        record
        for path in sorted((Path(__file__).parent / "cases").glob(cases))
        for record in CaseRecords(yaml.safe_load(path.read_text(encoding="utf-8"))["records"]).records
    ]
    loaded = load(trail(records))
    trailtrace.load(loaded.store, [str(SAMPLES)])
    expected = loaded.rows(PLAINLY)
    rows = loaded.rows(
        "select file_id, record, authenticated, use_id, origin_kind, origin_id, origin_hops"
        " from events_with_origin order by all"
    )
    assert rows == expected
    uses = loaded.rows("select file_id, record, authenticated, use_id from identified_events order by all")
    assert uses == [row[:4] for row in expected]
    # There are some of each kind that takes another way.
    apart = loaded.rows("select distinct authenticated from records_apart order by all")
    assert (True,) in apart and ((False,) in apart or cases != "*.yml")
    assert loaded.rows("select distinct rule from copies order by all") == [(rule,) for rule in rules]


def test_a_call_is_there_once_and_its_callers_copy_stands(client: duckdb.DuckDBPyConnection) -> None:
    [(calls, copies)] = client.execute(
        "select (select count(*) from calls),"
        " (select count(*) from events_with_origin where user_identity_type = 'AWSAccount')"
    ).fetchall()
    [(events,)] = client.execute("select count(*) from events").fetchall()
    assert copies > 0
    assert calls == events - copies


def test_a_copy_whose_own_record_is_not_held_is_a_call(load: Load) -> None:
    records = CaseRecords(["09:00 user/alice assumes 222222222222/role/Prod as ci -> K1"]).records
    copies = [record for record in records if record["userIdentity"]["type"] == "AWSAccount"]
    loaded = load(trail(copies))
    assert loaded.rows("select count(*) from calls") == [(len(copies),)]


def test_sessions_hold_every_credential_once(client: duckdb.DuckDBPyConnection) -> None:
    assert client.execute("select count(*) - count(distinct use_id) from sessions").fetchall() == [(0,)]
    keys = "select access_key_id from {} where starts_with(access_key_id, 'ASIA')"
    used = set(client.execute(keys.format("uses")).fetchall())
    assert used <= set(client.execute(keys.format("sessions")).fetchall())


@pytest.mark.parametrize(
    ("key", "origin"),
    [
        ("ASIARZPUZDIKCTGHB5T7", ("iam_user", "wil", 3, "proof", "AssumeRole")),
        ("ASIA3KF6UTOHSVAMMEK6", ("ec2_instance", "i-068f37b14ff77c2d5", 2, "proof", "AssumeRole")),
        ("ASIA3KF6UTOH7AKI4FB3", ("unknown", None, 1, "none", None)),
    ],
)
def test_a_session_has_the_origin_that_who_did_gives(
    key: str, origin: tuple[object, ...], client: duckdb.DuckDBPyConnection
) -> None:
    [(kind, name, hops, grade, issued_by)] = client.execute(
        "select origin_kind, origin_name, origin_hops, origin_grade, issuing_event_name"
        " from sessions where access_key_id = $key",
        {"key": key},
    ).fetchall()
    assert (kind, name, grade, issued_by) == (origin[0], origin[1], origin[3], origin[4])
    if name:
        assert hops == origin[2]


def test_hops_walk_back_to_where_the_chain_stops(client: duckdb.DuckDBPyConnection) -> None:
    hops = client.execute(
        "select hop, role_arn, caller_arn, event_id is not null, sha256 is not null"
        " from hops_of('ASIARZPUZDIKCTGHB5T7')"
    ).fetchall()
    assert [hop[0] for hop in hops] == [1, 2, 3]
    assert str(hops[-1][2]).endswith("user/wil")
    assert all(hop[3:] == (True, True) for hop in hops)


def test_hops_of_a_circle_end(load: Load) -> None:
    lines = ["09:00 user/alice assumes role/A as a -> K1", "09:01 K1 assumes role/B as b -> K2"]
    loaded = load(trail(CaseRecords(lines).records))
    with duckdb.connect(loaded.store) as connection:
        connection.execute("update links set parent_use_id = use_id")
        rows = connection.execute("select count(*) from hops_of((select min(use_id) from links))").fetchall()
    assert rows == [(1,)]


def test_coverage_counts_every_record_and_every_silent_day(load: Load) -> None:
    days = [
        CaseRecords(["09:00 user/alice calls s3 GetObject", "15:30 user/alice calls s3 GetObject"]).records,
        CaseRecords(["23:59 user/alice calls s3 GetObject"]).records,
    ]
    for record in days[1]:
        record["eventTime"] = record["eventTime"].replace("-01T", "-04T")
    loaded = load(trail([*days[0], *days[1]]))
    rows = loaded.rows(
        "select day(day), events, hours_with_events, longest_gap_hours, state from coverage order by day"
    )
    assert rows == [
        (1, 2, 2, 9, "events"),
        (2, 0, 0, 24, "gap"),
        (3, 0, 0, 24, "gap"),
        (4, 1, 1, 23, "events"),
    ]


def test_one_false_time_makes_no_endless_coverage(load: Load) -> None:
    records = CaseRecords(
        ["09:00 user/alice calls s3 GetObject", "10:00 user/alice calls s3 GetObject"]
    ).records
    records[1]["eventTime"] = "2190-01-01T00:00:00Z"
    assert load(trail(records)).rows("select count(*) < 1000 from coverage") == [(True,)]


def test_the_views_work_in_another_process_without_trailtrace(store: Path, tmp_path: Path) -> None:
    copied = tmp_path / "copied.duckdb"
    shutil.copy(store, copied)
    code = (
        "import duckdb, sys\n"
        "store = duckdb.connect(sys.argv[1], read_only=True)\n"
        f"for view in {make_reference.VIEWS!r}:\n"
        "    assert store.table(view).limit(1).fetchall(), view\n"
        "assert 'trailtrace' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-I", "-c", code, copied], check=True, cwd=tmp_path)


def test_a_store_of_an_older_schema_is_refused(load: Load, run: Run) -> None:
    loaded = load(trail(CaseRecords(["09:00 user/alice calls s3 GetObject"]).records))
    with duckdb.connect(loaded.store) as connection:
        connection.execute("update meta set schema_version = 2")
    refused = run(["query", "grades", "--store", str(loaded.store)])
    assert (refused.code, refused.stdout) == (1, "")
    assert "schema version 2" in refused.stderr


@pytest.mark.parametrize(
    ("recipient", "version", "events"),
    [
        ("111111111111", "1.08", 1),
        ("999900001111", "1.08", 0),  # only a log of another account claims it
        (None, "1.08", 0),
        (None, "1.01", 1),  # records had no recipient yet
    ],
)
def test_who_made_a_key_is_told_by_a_record_of_the_callers_own_account(
    recipient: str | None, version: str, events: int, load: Load
) -> None:
    [record] = CaseRecords(["09:00 user/alice calls iam CreateAccessKey"]).records
    record["eventVersion"] = version
    record["recipientAccountId"] = recipient
    record["responseElements"] = {"accessKey": {"accessKeyId": "AKIAQ3EGUXWYABCDEFGH"}}
    loaded = load(trail([record]))
    made = loaded.rows("select arn from resource_events where relation = 'created'")
    assert len(made) == events
