"""Linking rules and walks on frames of a few lines, without a database."""

from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trailtrace.investigation import from_logs
from trailtrace.provenance import Resolved, resolve

START = datetime(2026, 5, 1, 9)

USE_TYPES: dict[str, Any] = dict.fromkeys(
    [
        "use_id", "user_identity_type", "access_key_id", "join_key", "principal_id", "account_id",
        "invoked_by", "subject", "delegate_account_id", "arn", "user_name", "session_name",
        "session_issuer_type", "session_issuer_principal_id", "session_issuer_arn",
        "session_issuer_account_id", "session_issuer_user_name", "source_identity", "on_behalf_of",
        "credentials_issued_to", "ec2_role_delivery", "sign_in_session_arn", "federated_provider",
    ],
    pl.String,
)  # fmt: skip
USE_TYPES |= dict.fromkeys(["creation_date", "first_seen", "last_seen"], pl.Datetime("us"))
USE_TYPES |= dict.fromkeys(
    [
        "authenticated", "source_identity_differs", "on_behalf_of_differs",
        "credentials_issued_to_differs", "assumed_root", "from_console", "failed_integrity",
    ],
    pl.Boolean,
)  # fmt: skip
USE_TYPES["event_count"] = pl.Int64
USE_TYPES["form_grade"] = pl.Int8

ISSUANCE_TYPES: dict[str, Any] = dict.fromkeys(
    [
        "issuance_id", "kind", "event_source", "event_name", "aws_region", "role_arn", "session_name",
        "issued_key", "session_principal_id", "session_arn", "source_identity", "tags", "saml_issuer",
        "subject", "switched_from", "caller_use_id", "caller_type", "caller_principal_id", "caller_arn",
        "caller_account_id", "caller_access_key_id", "caller_invoked_by", "caller_identity_provider",
        "caller_user_name", "sign_in_session_arn",
    ],
    pl.String,
)  # fmt: skip
ISSUANCE_TYPES |= dict.fromkeys(["event_time", "expiration", "caller_creation_date"], pl.Datetime("us"))
ISSUANCE_TYPES |= dict.fromkeys(
    ["caller_held", "callers_differ", "conflicting", "paired_by_key", "told_to_role_account"],
    pl.Boolean,
)

ISSUANCE_TYPES["form_grade"] = pl.Int8


def user(name: str) -> dict[str, Any]:
    return {
        "use_id": name,
        "user_identity_type": "IAMUser",
        "access_key_id": "AKIA",
        "principal_id": f"AIDAEXAMPLE{name.upper()}",
        "user_name": name,
        "creation_date": None,
    }


def session(use_id: str, **fields: Any) -> dict[str, Any]:
    return {
        "use_id": use_id,
        "user_identity_type": "AssumedRole",
        "join_key": f"K{use_id}",
        "principal_id": f"AROAEXAMPLE1:{use_id}",
        "creation_date": START,
        **fields,
    }


def issuance(issued: str, caller: str, **fields: Any) -> dict[str, Any]:
    return {
        "issuance_id": f"{caller}->{issued}",
        "kind": "assume_role",
        "event_time": START,
        "expiration": START + timedelta(hours=1),
        "issued_key": f"K{issued}",
        "session_principal_id": f"AROAEXAMPLE1:{issued}",
        "caller_use_id": caller,
        "caller_type": "AssumedRole",
        "caller_held": True,
        "conflicting": False,
        "callers_differ": False,
        "paired_by_key": False,
        "form_grade": 4,
        "told_to_role_account": True,
        **fields,
    }


def resolved(
    uses: list[dict[str, Any]], issuances: list[dict[str, Any]], settled: pl.DataFrame | None = None
) -> Resolved:
    common = {
        "authenticated": True,
        "source_identity_differs": False,
        "on_behalf_of_differs": False,
        "credentials_issued_to_differs": False,
        "failed_integrity": False,
        "form_grade": 4,
        "first_seen": START,
        "last_seen": START,
        "event_count": 1,
    }
    return resolve(
        pl.DataFrame([common | use for use in uses], schema=USE_TYPES),
        pl.DataFrame(issuances, schema=ISSUANCE_TYPES),
        settled,
    )


def ends(found: Resolved) -> dict[str, tuple[str | None, str, str, int]]:
    """Name, grade, stop and hops of each use."""
    rows = found.origins.select("use_id", "name", "grade", "stop", "hops").rows()
    return {use_id: tuple(rest) for use_id, *rest in rows}


def test_a_chain_ends_in_its_user() -> None:
    found = resolved(
        [user("alice"), session("a"), session("b")], [issuance("a", "alice"), issuance("b", "a")]
    )
    assert ends(found) == {
        "alice": ("alice", "proof", "origin", 0),
        "a": ("alice", "proof", "origin", 1),
        "b": ("alice", "proof", "origin", 2),
    }


@pytest.mark.parametrize("length", [1, 2, 3, 4, 7, 8])
def test_a_cycle_of_any_length_ends(length: int) -> None:
    names = [f"s{number}" for number in range(length)]
    circle = [issuance(name, names[number - 1]) for number, name in enumerate(names)]
    found = ends(resolved([session(name) for name in names], circle))
    assert {(name, grade, stop) for name, grade, stop, _ in found.values()} == {(None, "none", "cycle")}


def test_a_chain_that_leads_into_a_cycle_has_no_origin_whether_the_cycle_is_walked_or_known() -> None:
    facts = (
        [session("a"), session("b"), session("tail")],
        [issuance("a", "b"), issuance("b", "a"), issuance("tail", "a")],
    )
    found = resolved(*facts)
    assert ends(found)["tail"][1:3] == ("none", "cycle")
    known = found.origins.filter(pl.col("use_id").is_in(["a", "b"]))
    assert ends(resolved(*facts, known)) == ends(found)


def test_candidates_of_one_person_give_that_person() -> None:
    twins = [issuance("a", "alice"), issuance("a", "alice", issuance_id="again")]
    found = resolved([user("alice"), session("a", join_key="other", from_console=True)], twins)
    assert ends(found)["a"] == ("alice", "strong", "origin", 1)


def test_candidates_of_two_people_give_neither() -> None:
    rivals = [issuance("a", "alice"), issuance("a", "bob")]
    found = resolved([user("alice"), user("bob"), session("a")], rivals)
    assert ends(found)["a"] == (None, "weak", "ambiguous", 0)
    assert found.links.filter(use_id="a").height == 2


def test_a_fork_behind_a_fork_is_settled_when_all_ways_meet() -> None:
    issuances = [
        issuance("a", "alice"),
        issuance("a", "alice", issuance_id="again"),
        issuance("b", "a"),
        issuance("b", "a", issuance_id="b again"),
        issuance("c", "b"),
    ]
    found = resolved([user("alice"), session("a"), session("b"), session("c")], issuances)
    assert ends(found)["c"] == ("alice", "proof", "origin", 3)


def test_forks_behind_forks_are_settled_however_many_and_whatever_is_known_already() -> None:
    names = [f"s{layer:03}" for layer in range(100)]
    calls = [issuance(name, "alice") for name in names]
    calls += [issuance(name, before) for before, name in pairwise(names)]
    facts = [user("alice"), *(session(name, join_key=None) for name in names)], calls
    whole = resolved(*facts)
    assert ends(whole)["s099"] == ("alice", "probable", "origin", 1)
    known = whole.origins.filter(pl.col("use_id").is_in(names[:90]))
    assert ends(resolved(*facts, known))["s099"] == ends(whole)["s099"]


def test_the_weakest_hop_grades_the_chain() -> None:
    found = resolved(
        [user("alice"), session("a"), session("b"), session("c")],
        [issuance("a", "alice"), issuance("b", "a", paired_by_key=True), issuance("c", "b")],
    )
    assert [ends(found)[use][1] for use in ("a", "b", "c")] == ["proof", "strong", "strong"]


def test_no_facts_give_no_answers() -> None:
    found = resolved([], [])
    assert found.origins.is_empty() and found.links.is_empty()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_walk_ends_and_no_issuance_follows_its_use(data: st.DataObject) -> None:
    """Arbitrary webs of issuances, ordered by nothing, with clocks that jump."""
    count = data.draw(st.integers(1, 12))
    names = [f"s{number}" for number in range(count)]
    moments = st.integers(-5, 5).map(lambda seconds: START + timedelta(seconds=seconds))
    uses = [user("alice")] + [
        session(name, creation_date=data.draw(moments), first_seen=START + timedelta(seconds=9))
        for name in names
    ]
    issuances = [
        issuance(
            data.draw(st.sampled_from(names)),
            data.draw(st.sampled_from(["alice", *names])),
            issuance_id=str(number),
            event_time=data.draw(moments),
        )
        for number in range(data.draw(st.integers(0, 24)))
    ]
    found = resolved(uses, issuances)
    assert set(found.origins["use_id"]) >= {use["use_id"] for use in uses}
    assert found.origins["use_id"].is_unique().all()
    for row in found.origins.iter_rows(named=True):
        assert (row["kind"] == "unknown") == (row["stop"] not in ("origin", "service", "external_account"))
        assert row["kind"] != "unknown" or row["grade"] in ("none", "weak")
    created = {use["use_id"]: use["creation_date"] for use in uses}
    issued = {one["issuance_id"]: one["event_time"] for one in issuances}
    for link in found.links.filter(pl.col("grade") != "none", pl.col("rule") != "issued").iter_rows(
        named=True
    ):
        assert abs(created[link["use_id"]] - issued[link["issuance_id"]]) <= timedelta(seconds=1)


@cache
def sample_facts() -> tuple[pl.DataFrame, pl.DataFrame]:
    with from_logs([str(Path(__file__).parents[1] / "sample_logs" / "AWSLogs")]) as sample:
        return sample._store.frame("facts/all_uses"), sample._store.frame("facts/all_issuances")


def proofs(uses: pl.DataFrame, issuances: pl.DataFrame) -> dict[str, tuple[str, str]]:
    origins = resolve(uses, issuances).origins.filter(pl.col("grade") == "proof")
    return {row["use_id"]: (row["kind"], row["id"]) for row in origins.iter_rows(named=True)}


@given(st.randoms(use_true_random=False), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=25, deadline=None)
def test_more_logs_never_turn_a_proof_into_another(random: Random, kept_uses: float, kept: float) -> None:
    uses, issuances = sample_facts()
    fewer_uses = uses.filter(pl.Series([random.random() < kept_uses for _ in range(uses.height)]))
    fewer = issuances.filter(pl.Series([random.random() < kept for _ in range(issuances.height)]))
    # The records of a federated call are its issuance: one is not held without the other.
    dropped = issuances.join(fewer, on="issuance_id", how="anti")["caller_use_id"]
    fewer_uses = fewer_uses.filter(
        (pl.col("user_identity_type") != "SAMLUser") | ~pl.col("use_id").is_in(dropped.implode())
    )
    of_all = proofs(uses, issuances)
    of_few = proofs(fewer_uses, fewer)
    # An issuance that seems unused in the smaller logs may turn out used: its row then has no proof.
    assert {use_id: of_all.get(use_id, origin) for use_id, origin in of_few.items()} == of_few
