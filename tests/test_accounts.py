"""Names of accounts, and whose they are: what lists say, and where chains end because of it."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from case_records import CaseRecords, Record
from conftest import Load, Loaded, Outcome, Row, Run, trail

import trailtrace
from trailtrace.accounts import read_list
from trailtrace.errors import MissingExtraError, TrailtraceError, UsageError
from trailtrace.names import Account, Relation

VENDOR = "999900001111"

LINES: list[str | Record] = [
    {"line": f"09:00 {VENDOR}/user/carol assumes role/Backup as nightly -> K1", "only": "111111111111"},
    "09:05 K1 calls s3 GetObject",
    {
        "line": "09:06 K1 calls s3 PutObject",
        "set": {
            "userIdentity": {"type": "AWSAccount", "principalId": "AIDA2ZQ7ONLYTOLD2222", "accountId": VENDOR}
        },
    },
    f"(10:00 {VENDOR}/user/bob signs into the console -> C1)",
    {
        "line": "10:30 C1 assumes role/Admin as bob -> X1",
        "only": "111111111111",
        "set": {"sourceIPAddress": "AWS Internal", "userAgent": "AWS Internal"},
    },
    "10:30 C1 switches to role/Admin as bob -> S1",
    "10:31 S1 calls s3 ListBuckets",
    "11:00 user/alice assumes role/Deploy as ci -> K2",
    "11:05 K2 calls s3 ListBuckets",
]
"""A vendor takes a role, acts as itself on our bucket, and switches roles; Alice stays at home."""

DERIVED = (
    "select use_id, kind, id, account_id, grade, stop, hops from origins order by all",
    "select issuance_id, kind, id, account_id, grade, stop from caller_origins order by all",
    "select event_id, origin_kind, origin_stop from events_with_origin order by all",
    "select use_id, issuance_id, rule, grade, parent_use_id from links order by all",
)


def derived(loaded: Loaded) -> list[list[Row]]:
    return [loaded.rows(sql) for sql in DERIVED]


def vendor_stops(loaded: Loaded) -> set[str]:
    """Everything that is told of where the vendor's chains end."""
    return {
        stop
        for sql in (
            "select stop from origins where kind = 'external_account'",
            "select stop from caller_origins where kind = 'external_account'",
            "select origin_stop from events_with_origin where origin_kind = 'external_account'",
            "select origin_stop from calls where origin_kind = 'external_account'",
            "select origin_stop from sessions where origin_kind = 'external_account'",
        )
        for (stop,) in loaded.rows(sql)
    }


def test_an_outside_account_is_where_a_chain_ends_until_that_is_taken_back(load: Load, run: Run) -> None:
    records = CaseRecords(LINES)
    loaded = load(trail(records.records))
    store = ["--store", str(loaded.store)]
    before = derived(loaded)
    assert vendor_stops(loaded) == {"missing_log"}
    key = records.resolve("<key K1>")
    [answer] = json.loads(run(["who-did", key, *store, "--format", "json"]).stdout)["answers"]
    assert (answer["stop"], [each["account_id"] for each in answer["missing"]]) == ("missing_log", [VENDOR])

    told = run(["accounts", "mark", "outside", VENDOR, *store])
    assert "where chains end was found again" in told.stderr
    assert vendor_stops(loaded) == {"external_account"}
    [answer] = json.loads(run(["who-did", key, *store, "--format", "json"]).stdout)["answers"]
    assert (answer["stop"], answer["missing"]) == ("external_account", [])
    assert (answer["origin"]["kind"], answer["grade"]) == ("external_account", "strong")
    differing = json.loads(run(["rebuild", *store, "--format", "json"]).stdout)
    assert differing["differing"] == 0, "what was derived is what a rebuild gives"
    changed = [(old, new) for old, new in zip(before[0], derived(loaded)[0], strict=True) if old != new]
    assert {old[3] for old, _ in changed} == {VENDOR}, "nobody else's chain has changed"

    for relation in ("partner", "outside", "unknown"):
        run(["accounts", "mark", relation, VENDOR, *store])
        expected = "external_account" if relation == "outside" else "missing_log"
        assert vendor_stops(loaded) == {expected}
    assert derived(loaded) == before
    assert loaded.rows("select * from accounts") == [], "nothing is said of it any longer"


def test_neither_the_order_of_loads_nor_when_a_list_came_changes_an_answer(
    load: Load, run: Run, tmp_path: Path
) -> None:
    records = CaseRecords(LINES).records
    parts = {name: tmp_path / f"{name}.json" for name in ("one", "two")}
    parts["one"].write_bytes(trail(records[::2]))
    parts["two"].write_bytes(trail(records[1::2]))
    found = []
    for number, steps in enumerate((("mark", "one", "two"), ("two", "mark", "one"), ("one", "two", "mark"))):
        path = tmp_path / f"{number}.duckdb"
        for step in steps:
            if step == "mark":
                trailtrace.mark_accounts(path, [VENDOR], "outside")
            else:
                trailtrace.load(path, [str(parts[step])])
        found.append(derived(Loaded(run(["status", "--store", str(path)]), path)))
    assert all(each == found[0] for each in found)
    assert "external_account" in str(found[0])


def listed(tmp_path: Path, text: str | bytes, name: str = "list") -> str:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def organizations(*members: Any, **more: Any) -> str:
    return json.dumps({"Accounts": list(members), **more})


def test_the_list_of_an_organisation_says_that_its_accounts_are_ours(tmp_path: Path) -> None:
    member = {
        "Id": "111111111111",
        "Arn": "arn:aws:organizations::111111111111:account/o-1/111111111111",
        "Email": "root@example.org",
        "Name": "Main",
        "Status": "ACTIVE",
    }
    path = listed(tmp_path, organizations(member, {"Id": "222222222222"}))
    assert read_list(path) == (
        Account("111111111111", "Main", Relation.OURS),
        Account("222222222222", None, Relation.OURS),
    )


@pytest.mark.parametrize(
    "text",
    [
        "account_id,name,relation\n111111111111,Main,ours\n222222222222,,outside\n",
        "\ufeffAccount ID;ARN;Account name;Relation\r\n111111111111;a;Main;ours\r\n222222222222;;;outside",
        "id\tname\trelation\n111111111111\tMain\tours\n222222222222\t\toutside\n",
        'id,relation,"name"\n111111111111,ours,"Main"\n222222222222,outside,""\n111111111111,ours,Main\n',
    ],
)
def test_a_csv_of_any_program_is_read(text: str, tmp_path: Path) -> None:
    assert read_list(listed(tmp_path, text)) == (
        Account("111111111111", "Main", Relation.OURS),
        Account("222222222222", None, Relation.OUTSIDE),
    )


def test_a_csv_that_says_nothing_of_whose_accounts_are_claims_nothing(tmp_path: Path) -> None:
    path = listed(tmp_path, "account_id,name\n111111111111,Main\n")
    assert read_list(path) == (Account("111111111111", "Main", None),)
    assert read_list(path, Relation.PARTNER) == (Account("111111111111", "Main", Relation.PARTNER),)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("name\nMain\n", "no column account_id"),
        ("account_id\n11111111111\n", "line 2: '11111111111' is not an account's 12 digits: spreadsheets"),
        ("account_id\n١١١١١١١١١١١١\n", "is not an account's 12 digits"),
        ("account_id,relation\n111111111111,owner\n", "relation 'owner': not one of ours"),
        ("account_id,name\n111111111111,A\n111111111111,B\n", "says two things of account 111111111111"),
        ("account_id,name\n111111111111," + "x" * 300, "a name of more than 200 characters"),
        (b"account_id\n\xff\xfe", "not UTF-8 text"),
        ('account_id,name\n111111111111,"A\n222222222222,B\n', "line 3: not CSV: unexpected end of data"),
        ('account_id,name\n111111111111,"A\n222222222222,B"\n', "line 3: a value of several lines"),
        ('account_id,name,x\n111111111111,A,"\n222222222222,B,"\n', "line 3: a value of several lines"),
        ("account_id\n", "names no account"),
        ("", "no column account_id"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"Records": []}', "no member Accounts"),
        (organizations({"Id": "1"}), "whose Id is not 12 digits"),
        (organizations({"Id": "111111111111", "Name": 7}), "its Name is not text"),
        (organizations(NextToken="x"), "only a part of the list"),
    ],
)
def test_what_is_no_list_is_refused_with_the_reason(text: str | bytes, why: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=why.replace("'", ".")) as error:
        read_list(listed(tmp_path, text))
    assert "\n" not in str(error.value)


def test_a_later_list_adds_to_what_was_said(tmp_path: Path, run: Run) -> None:
    store = tmp_path / "store.duckdb"
    first = listed(tmp_path, "account_id,name,relation\n111111111111,Main,ours\n222222222222,Other,outside\n")
    second = listed(tmp_path, organizations({"Id": "333333333333", "Name": "Third"}), "second")
    third = listed(tmp_path, '[accounts.222222222222]\nrelation = "partner"\n', "trailtrace.toml")
    for path in (first, second, third, first):
        assert run(["accounts", "import", path, "--store", str(store)]).code == 0
    run(["accounts", "import", third, "--store", str(store)])
    outcome = run(["accounts", "--store", str(store), "--format", "json"])
    assert json.loads(outcome.stdout)["accounts"] == [
        {"account_id": "111111111111", "name": "Main", "relation": "ours"},
        {"account_id": "222222222222", "name": "Other", "relation": "partner"},
        {"account_id": "333333333333", "name": "Third", "relation": "ours"},
    ]
    outcome = run(["accounts", "--store", str(store), "--format", "csv"])
    assert outcome.stdout.splitlines()[1] == "111111111111,Main,ours"


HOSTILE = "<script>alert(1)</script>\x1b[2J\u202e`|=cmd"


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    folder = tmp_path_factory.mktemp("named")
    (folder / "log.json").write_bytes(trail(CaseRecords(LINES).records))
    loaded = Loaded(Outcome(0, "", ""), folder / "store.duckdb")
    trailtrace.load(loaded.store, [str(folder / "log.json")])
    trailtrace.mark_accounts(loaded.store, ["111111111111"], "ours", name="Wonder Main")
    trailtrace.mark_accounts(loaded.store, [VENDOR], "outside", name=HOSTILE)
    return loaded


@pytest.mark.parametrize(
    "command",
    [
        ["who-did", "arn:aws:sts::111111111111:assumed-role/Deploy/ci"],
        ["who-did", "arn:aws:sts::111111111111:assumed-role/Deploy/ci", "--format", "html"],
        ["who-did", "arn:aws:sts::111111111111:assumed-role/Deploy/ci", "--format", "mermaid"],
        ["who-did", "--call", "ListBuckets"],
        ["what-did", "arn:aws:iam::111111111111:user/alice", "--now", "2026-05-01T12:00:00Z"],
        ["what-did", "arn:aws:iam::111111111111:user/alice", "--format", "html"],
        ["query", "external-accounts"],
        ["sql", "select account_id from sessions where account_id like '1%'"],
        ["report", "--now", "2026-05-02T00:00:00Z"],
        ["report", "--now", "2026-05-02T00:00:00Z", "--format", "html"],
        ["status"],
    ],
    ids=" ".join,
)
def test_names_stand_beside_the_numbers(
    command: list[str], named: Loaded, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    outcome = run([*command, "--store", str(named.store)])
    assert outcome.code == 0
    text = re.sub(r"</?bdi>|`", "", outcome.stdout)
    written = {"status": "111111111111 Wonder Main", "mermaid": "Wonder Main #40;111111111111#41;"}
    usual = "Wonder Main (111111111111)"
    shown = written.get(command[0], written.get(command[-1], usual))
    if command[1:] == ["external-accounts"]:
        assert f"({VENDOR})" in text
    else:
        assert shown in text or "111111111111 (Wonder Main)" in text
    assert "\x1b[2J" not in text and "\u202e" not in text
    if command[-1] == "html":
        assert "<script>" not in outcome.stdout


def test_json_has_the_names_under_a_key_of_their_own(named: Loaded, run: Run) -> None:
    ours = {"account_id": "111111111111", "name": "Wonder Main", "relation": "ours"}
    vendor = {"account_id": VENDOR, "name": HOSTILE, "relation": "outside"}
    asked = {
        ("who-did", "arn:aws:iam::111111111111:user/alice"): [ours],
        ("who-did", f"arn:aws:iam::{VENDOR}:user/carol"): None,
        ("who-did", "--call", "GetObject"): [ours, vendor],
        ("what-did", "arn:aws:iam::111111111111:user/alice"): [ours],
        ("status",): [ours],
        ("report",): [ours, vendor],
    }
    for command, expected in asked.items():
        outcome = run([*command, "--store", str(named.store), "--format", "json"])
        value = json.loads(outcome.stdout)
        if expected is None:
            assert outcome.code == 4 and value["answers"] == []
        else:
            assert value["accounts"] == expected, command
        assert outcome.stdout.isascii()


def test_views_have_the_names(named: Loaded) -> None:
    assert named.rows("select distinct account_name from coverage") == [("Wonder Main",)]
    assert named.rows("select distinct account_name from sessions where session_name = 'ci'") == [
        ("Wonder Main",)
    ]
    [(own, caller)] = named.rows(
        "select account_name, caller_account_name from chains where session_name = 'nightly'"
    )
    assert (own, caller) == ("Wonder Main", HOSTILE)


def test_names_are_redacted_with_everything_else(
    named: Loaded, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRAILTRACE_REDACT_KEY", "an invented secret of this test")
    for command in (
        ["accounts"],
        ["accounts", "--format", "json"],
        ["who-did", "--call", "ListBuckets"],
        ["report", "--format", "json"],
        ["sql", "select account_name, account_id from sessions"],
        ["status", "--format", "json"],
    ):
        outcome = run([*command, "--redact", "--store", str(named.store)])
        assert outcome.code == 0
        assert "Wonder" not in outcome.stdout + outcome.stderr
        assert "111111111111" not in outcome.stdout + outcome.stderr


def test_a_report_says_where_its_configuration_and_the_store_disagree(
    load: Load, run: Run, tmp_path: Path
) -> None:
    loaded = load(trail(CaseRecords(LINES).records))
    path = listed(
        tmp_path, f'[accounts.{VENDOR}]\nname = "Backup"\nrelation = "outside"\n', "trailtrace.toml"
    )
    report = ["report", "--store", str(loaded.store), "--config", path]
    assert (
        f"differ over whose accounts are outside: {VENDOR} (outside there, unknown here)"
        in run(report).stderr
    )
    assert VENDOR not in run([*report, "--redact"]).stderr
    run(["accounts", "import", path, "--store", str(loaded.store)])
    outcome = run(report)
    assert "differ" not in outcome.stderr
    assert "Backup" in outcome.stdout


def test_a_configuration_that_only_names_an_account_does_not_say_whose_it_is(
    load: Load, run: Run, tmp_path: Path
) -> None:
    loaded = load(trail(CaseRecords(LINES).records))
    store = ["--store", str(loaded.store)]
    path = listed(
        tmp_path, f'[accounts.{VENDOR}]\nname = "Backup"\n[accounts.444444444444]\n', "trailtrace.toml"
    )
    report = ["report", *store, "--config", path, "--format", "json"]

    def relations(command: list[str]) -> dict[str, str | None]:
        outcome = run(command)
        assert "differ" not in outcome.stderr
        said = json.loads(outcome.stdout)["accounts"]
        return {each["account_id"]: each["relation"] for each in said}

    assert relations(report) == {VENDOR: "ours", "444444444444": "ours"}
    run(["accounts", "mark", "ours", "111111111111", *store])
    run(["accounts", "mark", "outside", VENDOR, *store])
    said = {VENDOR: "outside", "111111111111": "ours", "444444444444": "ours"}
    assert relations(report) == said, "the store knows"
    findings = json.loads(run(report).stdout)["findings"]
    assert "external-account-enters" in {each["name"] for each in findings}
    run(["accounts", "import", path, *store])
    assert relations(["accounts", *store, "--format", "json"]) == said
    assert vendor_stops(loaded) == {"external_account"}


def test_relation_says_whose_accounts_are_of_which_any_file_does_not(tmp_path: Path, run: Run) -> None:
    one = "111111111111"
    files = [
        listed(tmp_path, organizations({"Id": one}), "list.json"),
        listed(tmp_path, f"account_id\n{one}\n", "list.csv"),
        listed(tmp_path, f"[accounts.{one}]\n[accounts.2{one[1:]}]\nrelation = 'partner'\n", "list.toml"),
    ]
    unsaid = {"list.json": "ours", "list.csv": None, "list.toml": "ours"}
    for file in files:
        for relation in ("outside", "unknown", None):
            store = ["--store", str(tmp_path / f"{Path(file).name}-{relation}.duckdb")]
            more = [] if relation is None else ["--relation", relation]
            run(["accounts", "import", file, *more, *store])
            said = json.loads(run(["accounts", *store, "--format", "json"]).stdout)["accounts"]
            expected = {"outside": "outside", "unknown": None}.get(relation or "", unsaid[Path(file).name])
            assert said[0]["relation"] == expected, (file, relation)
            assert [each["relation"] for each in said[1:]] in ([], ["partner"])


def test_the_api_gives_all_pages_of_an_organisation(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    boto3 = pytest.importorskip("boto3")
    moto = pytest.importorskip("moto")
    from moto.core import set_initial_no_auth_action_count

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    store = tmp_path / "store.duckdb"
    ask = ["accounts", "import", "--api", "--store", str(store)]
    with moto.mock_aws():
        outcome = set_initial_no_auth_action_count(0)(run)(ask)
        assert outcome.code == 1
        assert re.search(r"organizations:ListAccounts: \w+: ask with credentials of", outcome.stderr)
        assert "testing" not in outcome.stderr and not store.exists()
        client = boto3.client("organizations", region_name="us-east-1")
        client.create_organization(FeatureSet="ALL")
        for number in range(24):  # ListAccounts gives twenty at a time
            client.create_account(Email=f"{number}@example.org", AccountName=f"Account {number}")
        assert run(ask).code == 0
        expected = {each["Id"]: each["Name"] for each in client.list_accounts()["Accounts"]}
    found = json.loads(run(["accounts", "--store", str(store), "--format", "json"]).stdout)["accounts"]
    assert len(found) == 25
    assert expected.items() <= {each["account_id"]: each["name"] for each in found}.items()
    assert {each["relation"] for each in found} == {"ours"}
    outcome = run([*ask, "--profile", "nobody"])
    assert outcome.code == 1 and "ProfileNotFound: check the profile" in outcome.stderr


def test_without_boto3_the_api_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'trailtrace\[aws\]'"):
        trailtrace.import_accounts(tmp_path / "store.duckdb", None)
    assert not (tmp_path / "store.duckdb").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["import"],
        ["import", "list.csv", "--api"],
        ["import", "list.csv", "--profile", "p"],
        ["import", "nothing.csv"],
        ["mark", "outside", "12345"],
        ["mark", "outside", "111111111111", "222222222222", "--name", "A"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_meant_is_a_usage_error(arguments: list[str], run: Run, tmp_path: Path) -> None:
    outcome = run(["accounts", *arguments, "--store", str(tmp_path / "store.duckdb")])
    assert outcome.code == 2
    assert outcome.stderr.count("\n") == 1
    assert not (tmp_path / "store.duckdb").exists()


def test_an_older_store_takes_a_list(tmp_path: Path) -> None:
    from test_store_life import rows, store_of_schema

    path = store_of_schema(4, tmp_path / "old.duckdb")
    noted = trailtrace.mark_accounts(path, ["222222222222"], "partner", name="Other")
    assert (noted.new, noted.total) == (1, 1)
    assert rows(path, "select name, relation from accounts") == [("Other", "partner")]
    with pytest.raises(TrailtraceError):
        trailtrace.mark_accounts(tmp_path, ["222222222222"], "partner")
