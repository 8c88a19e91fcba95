"""Links and origins made part by part are those made of all facts at once."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

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
    told: list[str] = []
    resolving.resolve_lake(lake, MANIFEST, told.append)
    assert not (lake / "_resolving").exists()
    return Resolved(*(pl.read_parquet(lake / build_folder(table, 1) / "*.parquet") for table in TABLES)), told


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
    uses = pl.read_parquet(parts / "uses" / "*" / "*.parquet", hive_partitioning=True)
    issuances = pl.read_parquet(parts / "issuances" / "*" / "*.parquet", hive_partitioning=True)
    assert (uses.height, issuances.height) == (facts["uses"].height, facts["issuances"].height)
    made = issuances if tie.made_by is None else issuances.filter(tie.made_by)
    of_issuances = made.select("part", *(pl.col(name).alias(str(n)) for n, name in enumerate(tie.issuances)))
    value = [str(n) for n in range(len(tie.issuances))]
    together = of_issuances
    if tie.uses:
        of_uses = uses.select("part", *(pl.col(name).alias(str(n)) for n, name in enumerate(tie.uses)))
        together = pl.concat([of_uses.join(of_issuances, on=value, how="semi"), of_issuances]).join(
            of_uses, on=value, how="semi"
        )
    tied = together.drop_nulls(value).group_by(value).agg(pl.len(), pl.col("part").n_unique())
    assert tied["part"].max() == 1
    assert tied.filter(pl.col("len") > 1).height > 0


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
    whole = resolve(frames["uses"], frames["issuances"])
    stops = set(whole.origins["stop"])
    assert {"origin", "cycle", "ambiguous", "no_issuance"} <= stops
    tables = {
        table: pl.concat([shapes[table], frames[table]], how="diagonal_relaxed").select(shapes[table].columns)
        for table in frames
    }
    found, told = in_parts(lake_of(tables, tmp_path), monkeypatch, 200, 25)
    assert len(told) > 20
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
