"""Links and origins made part by part are those made of all facts at once."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from test_arrivals import CASES, loaded, records_of
from test_provenance import ISSUANCE_TYPES, START, USE_TYPES, issuance, session, user

from trailtrace.lake import resolving
from trailtrace.lake.manifest import Manifest, build_folder
from trailtrace.lake.opened import lake_store
from trailtrace.lake.parts import write_parts
from trailtrace.lake.settled import Settled
from trailtrace.provenance import Resolved, resolve
from trailtrace.provenance.ties import (
    CALLER,
    FOREIGN_CALLER,
    MATCHING,
    QUERY_SESSION,
    SAML_CALLER,
    SUBJECT,
    SWITCH_RECORD,
    TIES,
    Tie,
)

MANIFEST = Manifest(build=1, whole=1, builds=(1,))
TABLES = ("links", "origins", "caller_origins")


@pytest.fixture(scope="module")
def facts() -> Iterator[dict[str, pl.DataFrame]]:
    """The facts of all cases together: they share users, keys and sessions."""
    with loaded([[[record for path in CASES for record in records_of(path)]]]) as store:
        yield {
            **{table: store.frame(f"facts/all_{table}") for table in ("uses", "issuances")},
            **{f"table of {table}": store._connection.table(table).pl() for table in ("uses", "issuances")},
        }


def lake_of(facts: dict[str, pl.DataFrame], folder: Path) -> Path:
    for table in ("uses", "issuances"):
        to = folder / build_folder(table, 1)
        to.mkdir(parents=True)
        facts[table].write_parquet(to / "part.parquet")
    return folder


def in_parts(
    lake: Path, monkeypatch: pytest.MonkeyPatch, part: int, at_a_time: int
) -> tuple[Resolved, list[str]]:
    monkeypatch.setattr(resolving, "PART_FACTS", part)
    monkeypatch.setattr(resolving, "SLICE_CREDENTIALS", at_a_time)
    monkeypatch.setattr(resolving, "CREDENTIALS_AT_ONCE", 70)
    told: list[str] = []
    resolving.resolve_lake(lake, MANIFEST, told.append)
    assert not (lake / "_resolving").exists()
    return Resolved(*(pl.read_parquet(lake / build_folder(table, 1) / "*.parquet") for table in TABLES)), told


def both(
    uses: list[dict[str, Any]],
    issuances: list[dict[str, Any]],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    part: int,
    at_a_time: int,
) -> tuple[Resolved, Resolved, list[str]]:
    """What is found of made-up facts in parts, and at once."""
    common = {
        "authenticated": True, "source_identity_differs": False, "on_behalf_of_differs": False,
        "credentials_issued_to_differs": False, "failed_integrity": False, "form_grade": 4,
        "first_seen": START, "last_seen": START + timedelta(hours=1), "event_count": 1,
    }  # fmt: skip
    with loaded([[[]]]) as store:
        shapes = {table: store._connection.table(table).pl() for table in ("uses", "issuances")}
    frames = {
        "uses": pl.DataFrame([common | use for use in uses], schema=USE_TYPES),
        "issuances": pl.DataFrame(issuances, schema=ISSUANCE_TYPES),
    }
    tables = {
        table: pl.concat([shapes[table], frames[table]], how="diagonal_relaxed").select(shapes[table].columns)
        for table in frames
    }
    found, told = in_parts(lake_of(tables, folder), monkeypatch, part, at_a_time)
    return found, resolve(frames["uses"], frames["issuances"]), told


def assert_same(found: Resolved, whole: Resolved) -> None:
    for table in TABLES:
        some: pl.DataFrame = getattr(found, table)
        all_: pl.DataFrame = getattr(whole, table).select(some.columns).cast(some.schema)
        order = [column for column in ("use_id", "issuance_id", "parent_use_id") if column in some.columns]
        assert some.rows() == some.sort(order, nulls_last=True).rows()
        assert some.sort(pl.all()).rows() == all_.sort(pl.all()).rows()


def test_facts_of_all_cases(
    facts: dict[str, pl.DataFrame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = resolve(facts["uses"], facts["issuances"])
    lake = lake_of({table: facts[f"table of {table}"] for table in ("uses", "issuances")}, tmp_path)
    found, told = in_parts(lake, monkeypatch, 100, 60)
    assert len(told) > 10
    assert_same(found, whole)


@pytest.mark.parametrize(
    "tie", [tie for tie in TIES if tie is not CALLER], ids=lambda tie: str(tie.issuances)
)
def test_what_is_tied_is_in_one_part(facts: dict[str, pl.DataFrame], parts: Path, tie: Tie) -> None:
    """All that have a value which ties: along matching ties also those that do not make it tie."""
    uses = pl.read_parquet(parts / "uses" / "*" / "*.parquet", hive_partitioning=True)
    issuances = pl.read_parquet(parts / "issuances" / "*" / "*.parquet", hive_partitioning=True)
    assert (uses.height, issuances.height) == (facts["uses"].height, facts["issuances"].height)
    value = [str(n) for n in range(len(tie.issuances))]

    def valued(frame: pl.DataFrame, columns: tuple[str, ...]) -> pl.DataFrame:
        return frame.select("part", *(pl.col(name).alias(str(n)) for n, name in enumerate(columns)))

    made = valued(issuances if tie.made_by is None else issuances.filter(tie.made_by), tie.issuances)
    of_uses = valued(uses, tie.uses) if tie.uses else made
    of_issuances = valued(issuances, tie.issuances) if tie in MATCHING else made
    together = pl.concat([of_uses, of_issuances])
    for side in (made, of_uses):
        together = together.join(side, on=value, how="semi")
    tied = together.drop_nulls(value).group_by(value).agg(pl.len(), pl.col("part").n_unique())
    assert tied["part"].max() == 1
    assert tied.filter(pl.col("len") > 1).height > 0


def test_who_else_assumed_a_session_of_lake_formation_is_in_the_part_of_the_query(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """L25 is refused by that call, even if it agrees with the query in nothing but the session's name."""
    names = [f"AWSLF-00-{number}" for number in range(12)]
    uses = [user("alice"), *(session(name, session_name=name, join_key=None) for name in names)]
    bare = {"issued_key": None, "session_principal_id": None}
    issuances = [
        issuance(name, caller, issuance_id=f"{kind} of {name}", kind=kind, session_name=name, **bare)
        for name in names
        for kind, caller in (("lake_formation", "alice"), ("assume_role", "nobody"))
    ]
    found, whole, _ = both(uses, issuances, tmp_path, monkeypatch, 3, 1000)
    assert set(whole.origins.filter(pl.col("use_id").is_in(names))["kind"]) == {"unknown"}
    assert_same(found, whole)


def test_one_tie_alone_puts_two_facts_into_one_part(facts: dict[str, pl.DataFrame], tmp_path: Path) -> None:
    """Couples of facts that agree in the columns of one tie, and in nothing else."""
    uses: list[dict[str, object]] = []
    issuances: list[dict[str, object]] = []
    couples: list[tuple[str, str]] = []
    kinds = {QUERY_SESSION: "lake_formation", SWITCH_RECORD: "switch_role"} | dict.fromkeys(
        (SUBJECT, SAML_CALLER), "saml"
    )
    for number, tie in enumerate(tie for tie in TIES if tie is not CALLER):
        for couple in range(20):
            value = f"A{number}-{couple}:b"
            call: dict[str, object] = {
                "issuance_id": f"issued {value}",
                "kind": kinds.get(tie, "assume_role"),
                "caller_use_id": f"called {value}",
                "caller_type": "AWSAccount" if tie is FOREIGN_CALLER else "AssumedRole",
                "caller_held": tie is not FOREIGN_CALLER,
                **dict.fromkeys(tie.issuances, value),
            }
            issuances.append(call)
            if tie.uses:
                other: dict[str, object] = {"use_id": f"used {value}", **dict.fromkeys(tie.uses, value)}
                uses.append(other)
            else:
                other = call | {"issuance_id": f"again {value}", "caller_use_id": f"called again {value}"}
                issuances.append(other)
            couples.append((str(call["issuance_id"]), str(other["use_id" if tie.uses else "issuance_id"])))
    tables = {
        table: pl.concat(
            [facts[f"table of {table}"].clear(), pl.DataFrame(rows, infer_schema_length=None)],
            how="diagonal_relaxed",
        )
        for table, rows in (("uses", uses), ("issuances", issuances))
    }
    with lake_store(lake_of(tables, tmp_path / "lake"), MANIFEST, spill=tmp_path / "spill") as store:
        write_parts(store, 64, tmp_path)
    part_of = {
        fact: part
        for table, column in (("uses", "use_id"), ("issuances", "issuance_id"))
        for fact, part in pl.read_parquet(tmp_path / table / "*" / "*.parquet", hive_partitioning=True)
        .select(column, "part")
        .rows()
    }
    apart = [(one, other) for one, other in couples if part_of[one] != part_of[other]]
    assert apart == []
    assert len(set(part_of.values())) > 50


@pytest.fixture(scope="module")
def parts(facts: dict[str, pl.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parts")
    lake = lake_of({table: facts[f"table of {table}"] for table in ("uses", "issuances")}, folder / "lake")
    with lake_store(lake, MANIFEST, spill=folder / "spill") as store:
        write_parts(store, 64, folder)
    return folder


def test_any_web_of_calls_in_any_order_of_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Callers that began after their children, cycles, forks, chains through all of these."""
    random = Random(7)  # noqa: S311
    uses, issuances = [user("alice")], []
    for web in range(60):
        names = [f"w{web}-{number}" for number in range(random.randint(1, 12))]
        began = {name: START + timedelta(minutes=random.randint(0, 40)) for name in names}
        for name in names:
            dated = random.random() < 0.6
            uses.append(session(name, creation_date=began[name] if dated else None, first_seen=began[name]))
        for number in range(random.randint(0, 20)):
            name = random.choice(names)
            caller = random.choice(["alice", "nobody", *names])
            issuances.append(issuance(name, caller, issuance_id=f"w{web}.{number}", event_time=began[name]))
    found, whole, told = both(uses, issuances, tmp_path, monkeypatch, 200, 25)
    assert {"origin", "cycle", "ambiguous", "no_issuance"} <= set(whole.origins["stop"])
    assert len(told) > 20
    assert_same(found, whole)


@pytest.mark.parametrize("seed", [2, 6])
def test_facts_of_any_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Few values, so that much agrees by chance; some are none that AWS would write."""
    random = Random(seed)  # noqa: S311
    one_of = random.choice

    def moment(most: int) -> datetime:
        return START + timedelta(minutes=one_of([0, random.randint(0, most)]))

    accounts = ["111111111111", "222222222222"]
    names = ["s1", "s2", "i-0123456789abcdef0", "a:b", "a/b", "x\ny", "n\0l", "AWSLF-00-AB", ""]
    roles = ["r1", "r2", "r/3", "aws-reserved/sso.amazonaws.com/AWSReservedSSO_x"]
    keys = [f"K{number}" for number in range(60)]
    uses_ids = [f"u{number}" for number in range(90)]

    def principal() -> str | None:
        issuers = ["AROAEXAMPLE01", "AROAEXAMPLE02", "AROA", "REDACTED", ""]
        return one_of([None, "AIDAEXAMPLE001", *(f"{one_of(issuers)}:{one_of(names)}" for _ in range(3))])

    def role_arn() -> str | None:
        return one_of(
            [None, "arn:x", *(f"arn:aws:iam::{one_of(accounts)}:role/{one_of(roles)}" for _ in range(3))]
        )

    def session_arn() -> str | None:
        arn = f"arn:aws:sts::{one_of(accounts)}:assumed-role/{one_of(roles)}/{one_of(names)}"
        return one_of([None, f"arn:aws:iam::{one_of(accounts)}:user/bob", "x", arn, arn, arn])

    uses = [
        {
            "use_id": use_id,
            "user_identity_type": one_of(
                ["AssumedRole"] * 6 + ["IAMUser", "Root", "FederatedUser", "AWSAccount", "SAMLUser", None]
            ),
            "access_key_id": one_of([*keys, None]),
            "join_key": one_of([*keys, *[None] * 20]),
            "principal_id": principal(),
            "account_id": one_of([*accounts, None]),
            "invoked_by": one_of([None] * 5 + ["ec2.amazonaws.com"]),
            "arn": session_arn(),
            "user_name": one_of(["bob", None]),
            "session_name": one_of([*names, None]),
            "session_issuer_arn": role_arn(),
            "source_identity": one_of([None] * 4 + ["si", "sj"]),
            "on_behalf_of": one_of(
                [None] * 6 + [f"arn:aws:identitystore::1:identitystore/d#p{n}" for n in (1, 2)]
            ),
            "credentials_issued_to": one_of([None] * 8 + ["arn:aws:lambda:x:1:function:f"]),
            "sign_in_session_arn": one_of([None, None, "sis1", "sis2"]),
            "creation_date": one_of([None, START, moment(3)]),
            "first_seen": moment(90),
            "last_seen": moment(90) + timedelta(minutes=90),
            "authenticated": random.random() < 0.95,
            "from_console": random.random() < 0.4,
            "form_grade": one_of([4] * 6 + [3, 2]),
        }
        for use_id in uses_ids
    ]
    kinds = [
        "saml",
        "switch_role",
        "console_login",
        "signin_token",
        "oauth2_token",
        "session_token",
        "lake_formation",
    ]
    issuances = [
        {
            "issuance_id": f"i{number}",
            "kind": one_of(["assume_role"] * 7 + kinds),
            "event_time": (at := moment(one_of([3, 3, 90]))),
            "expiration": at + timedelta(hours=1),
            "role_arn": role_arn(),
            "session_name": one_of([*names, None]),
            "issued_key": one_of([*keys, *[None] * 30]),
            "session_principal_id": principal(),
            "session_arn": session_arn(),
            "source_identity": one_of([None] * 4 + ["si"]),
            "saml_issuer": one_of(["sm1", "sm2", None]),
            "subject": one_of(["sub1", "sub2", None]),
            "switched_from": session_arn(),
            "caller_use_id": one_of([*uses_ids, "stranger"]),
            "caller_type": one_of(
                ["AssumedRole"] * 4 + ["IAMUser", "AWSAccount", "AWSAccount", "SAMLUser", "AWSService"]
            ),
            "caller_principal_id": principal(),
            "caller_arn": session_arn(),
            "caller_account_id": one_of([*accounts, None]),
            "caller_held": random.random() < 0.7,
            "callers_differ": random.random() < 0.05,
            "conflicting": random.random() < 0.05,
            "paired_by_key": random.random() < 0.05,
            "form_grade": one_of([4] * 6 + [3, 2]),
            "told_to_role_account": True,
        }
        for number in range(130)
    ]
    found, whole, told = both(uses, issuances, tmp_path, monkeypatch, 25, 15)
    assert len(told) > 15
    assert_same(found, whole)


def test_a_caller_whose_credential_ended_long_before_its_call_is_still_known(tmp_path: Path) -> None:
    ends = {"early": START, "late": START + timedelta(days=2), "endless": None, "no caller": None}
    rows = pl.DataFrame({"use_id": list(ends), "ends": list(ends.values())})
    callers = rows.filter(pl.col("use_id") != "no caller")["use_id"].hash().sort()
    settled = Settled(tmp_path / "settled", callers, rows.clear())
    for number in range(rows.height):
        settled.keep(rows[number : number + 1])
    for asked in (["early"], ["late"], ["endless"], ["early", "late", "endless"], ["no caller", "nobody"]):
        found = settled.find(pl.DataFrame({"use_id": asked}), START + timedelta(days=1))
        assert sorted(found["use_id"]) == sorted({*asked} - {"no caller", "nobody"})
