"""What some changed facts touch is all that they change: the law behind resolving no more than that."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import polars as pl
import pytest
from case_records import CaseRecords
from hypothesis import given, settings
from hypothesis import strategies as st
from test_arrivals import CASES, loaded, records_of

from trailtrace import derive
from trailtrace.provenance.ties import (
    CALLER,
    FOREIGN_CALLER,
    KEY,
    MATCHING,
    QUERY_SESSION,
    ROLE_AND_NAME,
    SAML_CALLER,
    SESSION_ARN,
    SUBJECT,
    SWITCH_RECORD,
    SWITCHED_FROM,
    TIES,
    Tie,
)
from trailtrace.provenance.touched import Neighbours
from trailtrace.store import Store

TABLES = ("links", "origins", "caller_origins")

OTHER_USES = {
    "no such use": "delete from uses where use_id = ?",
    "arn": "update uses set arn = 'arn:aws:sts::111111111111:assumed-role/Other/other' where use_id = ?",
    "no issuer": "update uses set session_issuer_arn = null, session_name = null where use_id = ?",
    "source identity": "update uses set source_identity = 'mallory' where use_id = ?",
    "source identities": "update uses set source_identity_differs = true where use_id = ?",
    "person": "update uses set on_behalf_of = 'arn:aws:identitystore::1:identitystore/d#u' where use_id = ?",
    "no person": "update uses set on_behalf_of = null where use_id = ?",
    "people": "update uses set on_behalf_of_differs = true where use_id = ?",
    "workload": "update uses set credentials_issued_to = 'arn:aws:ec2:x:1:instance/i-1' where use_id = ?",
    "console": "update uses set from_console = not coalesce(from_console, false) where use_id = ?",
    "sign-in": "update uses set sign_in_session_arn = null where use_id = ?",
    "earlier": "update uses set first_seen = first_seen - interval 1 day where use_id = ?",
    "later": "update uses set last_seen = last_seen + interval 1 day where use_id = ?",
}
"""How a use may have been before new records spoke of it."""

OTHER_ISSUANCES = {
    "no such issuance": "delete from issuances where issuance_id = ?",
    "no key": "update issuances set issued_key = null where issuance_id = ?",
    "no session": "update issuances set session_principal_id = null where issuance_id = ?",
    "no role": "update issuances set role_arn = null where issuance_id = ?",
    "foreign": "update issuances set caller_held = false, caller_type = 'AWSAccount' where issuance_id = ?",
    "callers": "update issuances set callers_differ = not callers_differ where issuance_id = ?",
    "conflict": "update issuances set conflicting = not conflicting where issuance_id = ?",
    "shorter": "update issuances set expiration = event_time where issuance_id = ?",
    "source identity": "update issuances set source_identity = 'mallory' where issuance_id = ?",
    "subject": "update issuances set subject = 'mallory' where issuance_id = ?",
    "no switch": "update issuances set switched_from = null where issuance_id = ?",
}


@pytest.fixture(scope="module")
def facts() -> Iterator[Store]:
    """The facts of all cases together: they share users, keys and sessions."""
    with loaded([[[record for path in CASES for record in records_of(path)]]]) as store:
        yield store


def resolved(store: Store) -> dict[str, list[str]]:
    return {table: sorted(map(str, store._connection.table(table).fetchall())) for table in TABLES}


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_what_is_touched_and_no_more_is_all_that_changes(facts: Store, data: st.DataObject) -> None:
    connection = facts._connection
    whole = resolved(facts)
    links = connection.execute("select use_id, issuance_id, parent_use_id from links order by all").fetchall()
    edits = []
    for use_id, issuance_id, parent_use_id in data.draw(
        st.lists(st.sampled_from(links), min_size=1, max_size=3)
    ):
        told = [*((use, way) for use in (use_id, parent_use_id) for way in OTHER_USES.items() if use)]
        told += [(issuance_id, way) for way in OTHER_ISSUANCES.items()]
        edits += data.draw(st.lists(st.sampled_from(told), min_size=1, max_size=3))
    ids = [fact for fact, _ in edits]
    connection.begin()
    try:
        connection.execute(
            "create temp table uses_after as from uses where use_id in (select unnest(?))", [ids]
        )
        connection.execute(
            "create temp table issuances_after as from issuances where issuance_id in (select unnest(?))",
            [ids],
        )
        for fact, (_, statement) in edits:
            connection.execute(statement, [fact])
        derive.resolve_all(facts)
        for statement in (
            "create or replace temp table new_uses as from uses_after",
            "create or replace temp table issued_again as select issuance_id from issuances_after",
        ):
            connection.execute(statement)
        facts.run("facts/before")
        for statement in (
            "delete from uses where use_id in (select use_id from uses_after)",
            "delete from issuances where issuance_id in (select issuance_id from issuances_after)",
            "insert into uses from uses_after",
            "insert into issuances from issuances_after",
        ):
            connection.execute(statement)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(derive, "WHOLE_SHARE", float("inf"))
            assert derive.resolve_touched(facts)
        assert resolved(facts) == whole
    finally:
        connection.rollback()


PROVENANCE = Path(derive.__file__).parent / "provenance"

RULES = ["key_rules", "session_rules", "sign_in_rules", "parents", "people", "origins", "links"]

ONE_FACT = {"use_id", "issuance_id", "call_id", "tied_to"}
"""What names one use or issuance: nothing is tied by it that was not."""


def _texts(node: ast.AST, lists: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            found.add(each.value)
        elif isinstance(each, ast.Name):
            found |= lists.get(each.id, set())
    return found


def joins(path: Path) -> Iterator[tuple[int, set[str]]]:
    """Each call in a module that puts rows together, with the columns that must agree for that."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    lists: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.List)
            and isinstance(node.targets[0], ast.Name)
        ):
            lists[node.targets[0].id] = _texts(node.value, lists)
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if node.func.attr in ("over", "group_by"):
            yield node.lineno, _texts(ast.Tuple(node.args), lists)
        elif node.func.attr in ("join", "join_asof"):
            columns = [word.value for word in node.keywords if word.arg in ("on", "left_on", "by")]
            if columns:
                yield node.lineno, _texts(ast.Tuple(columns), lists)


@pytest.mark.parametrize("module", RULES)
def test_rules_put_facts_together_by_declared_ties_alone(module: str) -> None:
    sides = [set(side) for tie in TIES for side in (tie.uses, tie.issuances) if side]
    for line, columns in joins(PROVENANCE / f"{module}.py"):
        tied = columns & ONE_FACT or any(side <= columns for side in sides)
        assert tied, f"{module}.py:{line}: no tie is declared of {sorted(columns)}"


USE_COLUMNS = {column for tie in TIES for column in tie.uses}
ISSUANCE_COLUMNS = {column for tie in TIES for column in tie.issuances}
USE, CALL, OTHER_CALL, CHILD, GRANDCHILD = 1, 2, 3, 4, 5

Fact = dict[str, object]
KINDS: dict[Tie, Fact] = {
    QUERY_SESSION: {"kind": "lake_formation"},
    SWITCH_RECORD: {"kind": "switch_role"},
    FOREIGN_CALLER: {"caller_type": "AWSAccount", "caller_held": False},
    SUBJECT: {"kind": "saml"},
    SAML_CALLER: {"kind": "saml"},
}
HAVING: dict[Tie, Fact] = {SESSION_ARN: {"has_unique_id": False}}


def fact(number: int, tied_by: Iterable[str] = (), value: int = 7, words: Fact | None = None) -> Fact:
    """With this value in each of the columns, and nothing else but the words."""
    return {"fact": number, **dict.fromkeys(tied_by, value), **(words or {})}


def neighbours(uses: list[Fact], issuances: list[Fact], links: Sequence[tuple[int, ...]] = ()) -> Neighbours:
    numbers: dict[str, pl.DataType] = dict.fromkeys(("fact", *USE_COLUMNS | ISSUANCE_COLUMNS), pl.UInt64())
    words: dict[str, pl.DataType] = {
        "kind": pl.String(),
        "caller_type": pl.String(),
        "caller_held": pl.Boolean(),
    }
    return Neighbours(
        pl.DataFrame(uses, numbers | {"has_unique_id": pl.Boolean()}),
        pl.DataFrame(issuances, numbers | words),
        pl.DataFrame(links, dict.fromkeys(("fact", "issuance", "parent"), pl.UInt64()), orient="row"),
    )


def a_use_and_a_call(tie: Tie, agreeing: bool) -> Neighbours:
    """Both with the same values in the columns of the tie, or not, and with nothing else in common."""
    call = fact(CALL, tie.issuances, 7 if agreeing else 8, KINDS.get(tie))
    return neighbours([fact(USE, tie.uses, words=HAVING.get(tie))], [call])


def one(number: int) -> pl.Series:
    return pl.Series("fact", [number], pl.UInt64)


@pytest.mark.parametrize("tie", [KEY, *MATCHING])
def test_use_and_issuance_touch_each_other_along_what_matches_them(tie: Tie) -> None:
    tied, apart = a_use_and_a_call(tie, agreeing=True), a_use_and_a_call(tie, agreeing=False)
    for one_of_them in (USE, CALL):
        assert set(tied.touched(one(one_of_them))) == {USE, CALL}
        assert set(tied.looked_at(one(one_of_them))) == {USE, CALL}
        assert set(apart.touched(one(one_of_them))) == {one_of_them}


def test_a_role_ties_what_names_no_principal_and_an_arn_what_has_no_unique_id() -> None:
    known = fact(CALL, (*ROLE_AND_NAME.issuances, "session_principal_id"), value=7)
    assert set(neighbours([fact(USE, ROLE_AND_NAME.uses)], [known]).touched(one(USE))) == {USE}
    sure = neighbours(
        [fact(USE, SESSION_ARN.uses, words={"has_unique_id": True})],
        [fact(CALL, SESSION_ARN.issuances), fact(OTHER_CALL, SESSION_ARN.issuances)],
    )
    assert set(sure.touched(one(USE))) == {USE}
    assert set(sure.touched(one(CALL))) == {CALL}


@pytest.mark.parametrize("tie", [FOREIGN_CALLER, SWITCHED_FROM])
def test_a_call_is_touched_by_who_may_have_made_it_and_not_the_other_way(tie: Tie) -> None:
    tied = a_use_and_a_call(tie, agreeing=True)
    assert set(tied.touched(one(USE))) == set(tied.looked_at(one(CALL))) == {USE, CALL}
    assert set(tied.touched(one(CALL))) == {CALL}
    assert set(tied.looked_at(one(USE))) == {USE}


def test_a_caller_is_looked_at_by_its_call_and_a_portal_caller_is_touched_by_it() -> None:
    called = a_use_and_a_call(CALLER, agreeing=True)
    assert set(called.looked_at(one(CALL))) == {USE, CALL}
    assert set(called.touched(one(USE))) == {USE}
    portal = a_use_and_a_call(SAML_CALLER, agreeing=True)
    assert set(portal.touched(one(CALL))) == set(portal.looked_at(one(USE))) == {USE, CALL}


def test_calls_of_one_subject_touch_each_other() -> None:
    calls = [fact(number, SUBJECT.issuances, words=KINDS[SUBJECT]) for number in (CALL, OTHER_CALL)]
    both = neighbours([], calls)
    assert set(both.touched(one(CALL))) == set(both.looked_at(one(CALL))) == {CALL, OTHER_CALL}


def test_what_is_linked_to_a_touched_call_is_touched_and_descendants_are_found() -> None:
    call = fact(CALL, FOREIGN_CALLER.issuances, words=KINDS[FOREIGN_CALLER])
    linked = neighbours(
        [fact(USE, FOREIGN_CALLER.uses), fact(CHILD)], [call, fact(OTHER_CALL)], [(CHILD, CALL, USE)]
    )
    assert set(linked.touched(one(USE))) == {USE, CALL, CHILD}
    family = neighbours([], [], [(CHILD, CALL, USE), (GRANDCHILD, OTHER_CALL, CHILD)])
    assert set(family.descendants(one(USE))) == set(family.descendants(one(CALL))) == {CHILD, GRANDCHILD}
    assert set(family.descendants(one(CHILD))) == {GRANDCHILD}


def test_what_nothing_new_is_tied_to_is_not_looked_at() -> None:
    early = CaseRecords(
        [f"{hour:02}:00 user/user-{hour} assumes role/R{hour} as ci -> K{hour}" for hour in range(24)]
    )
    late = CaseRecords(
        ["d2 09:00 user/user-3 assumes role/Other as ci -> L1", "d2 09:05 L1 calls s3 GetObject"]
    )
    with (
        loaded([[early.records], [late.records]]) as store,
        loaded([[early.records + late.records]]) as whole,
    ):
        kept = dict(store._connection.execute("select use_id, rowid from links").fetchall())
        assert resolved(store) == resolved(whole)
        assert len(kept) == 25
        assert sorted(kept.values())[:24] == list(range(24))


def test_a_cycle_of_callers_is_never_resolved_in_part() -> None:
    records = CaseRecords(
        [
            "09:00:00 user/alice assumes role/A as ci -> K1",
            "09:00:01 K1 assumes role/B as ci -> K2",
            "09:00:02 K2 calls s3 GetObject",
        ]
    ).records
    with loaded([[records]]) as store:
        for statement in (
            "create or replace temp table issued_again as "
            "select issuance_id from issuances where role_arn like '%/A'",
            "update issuances set caller_type = 'AssumedRole', caller_use_id = ("
            "select use_id from uses where arn like '%/B/%') where role_arn like '%/A'",
        ):
            store._connection.execute(statement)
        store.run("facts/before")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(derive, "WHOLE_SHARE", float("inf"))
            assert not derive.resolve_touched(store)
            derive.resolve_all(store)
            assert "cycle" in str(resolved(store)["origins"])
            assert not derive.resolve_touched(store)


def test_a_call_is_judged_again_where_its_callers_life_is_another() -> None:
    # The portal's session lives as long as its call says, and no row tells how long but the call's own.
    records = CaseRecords(
        [
            "09:00 saml/alice assumes role/aws-reserved/sso.amazonaws.com/Admin as alice for 36000 -> K1",
            "09:05 K1 calls s3 GetObject with X1",
            "09:06 K1 calls s3 GetObject",
            {
                "line": "22:00 K1 assumes role/B as ci -> K2",
                "set": {"userIdentity.accessKeyId": "<key X1>"},
            },
            "22:05 K2 calls s3 GetObject",
        ]
    ).records
    with loaded([[records]]) as store:
        assert "contradiction" in str(resolved(store)["origins"])
        for statement in (
            "delete from new_uses",
            "create or replace temp table issued_again as "
            "select issuance_id from issuances where kind = 'saml'",
        ):
            store._connection.execute(statement)
        store.run("facts/before")
        store._connection.execute(
            "update issuances set expiration = event_time + interval 14 hour where kind = 'saml'"
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(derive, "WHOLE_SHARE", float("inf"))
            assert derive.resolve_touched(store)
        in_part = resolved(store)
        assert "contradiction" not in str(in_part["origins"])
        derive.resolve_all(store)
        assert resolved(store) == in_part
