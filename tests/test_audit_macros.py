"""What the expressions that detections share say of addresses and origins."""

from collections.abc import Iterator
from typing import Any

import pytest

from trailtrace.store import Store, memory_store


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with memory_store() as opened:
        opened.run("audit/macros")
        yield opened


def value(store: Store, expression: str, **values: object) -> Any:
    [(found,)] = store._connection.execute(f"select {expression}", values).fetchall()
    return found


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.10", "198.51.100.0/24"),
        ("2001:db8::1", "2001:db8:0::/48"),
        ("2001:DB8:7:2:3:4:5:6", "2001:db8:7::/48"),
        ("::1", "0:0:0::/48"),
        ("256.1.1.1", None),
        ("1::2::3", None),
        ("2001:db8:1:2:3:4:5:6:7", None),
        ("1:2:3:4:5:6:7::8", None),
        ("ec2.amazonaws.com", None),
        ("AWS Internal", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_belongs_to_a_network(store: Store, address: str | None, network: str | None) -> None:
    assert value(store, "network_of($address)", address=address) == network


@pytest.mark.parametrize(
    ("address", "networks", "inside"),
    [
        ("198.51.100.10", ["203.0.113.0/24", "198.51.100.0/28"], True),
        ("198.51.100.16", ["198.51.100.0/28"], False),
        ("198.51.100.10", ["198.51.100.10"], True),
        ("198.51.100.10", ["0.0.0.0/0"], True),
        ("2001:db8::1", ["2001:db8::/32"], True),
        ("2001:db9::1", ["2001:db8::/32"], False),
        ("198.51.100.10", ["::/0"], False),
        ("2001:db8::1", ["0.0.0.0/0"], False),
        ("198.51.100.10", ["nonsense"], False),
        ("198.51.100.10", [], False),
        ("198.51.100.10", None, False),
        ("ec2.amazonaws.com", ["0.0.0.0/0"], False),
        (None, ["0.0.0.0/0"], False),
    ],
)
def test_an_address_lies_in_networks(
    store: Store, address: str | None, networks: list[str] | None, inside: bool
) -> None:
    found = value(store, "in_networks($address, $networks::varchar[])", address=address, networks=networks)
    assert found is inside


@pytest.mark.parametrize(
    ("grade", "words"),
    [
        ("proof", "IAM user alice"),
        ("probable", "Probably IAM user alice"),
        ("weak", "Perhaps IAM user alice"),
    ],
)
def test_words_for_an_origin_say_how_sure_it_is(store: Store, grade: str, words: str) -> None:
    found = value(store, "origin_words('iam_user', 'alice', 'AIDA1', 'arn', 'session', $grade)", grade=grade)
    assert found == words


def test_who_is_unknown_is_named_by_the_credential(store: Store) -> None:
    words = value(store, "origin_words('unknown', null, null, null, 'arn:of:session', 'none')")
    assert words == "Somebody unknown with arn:of:session"


def test_unknown_origins_are_told_apart_by_session(store: Store) -> None:
    keys = [
        value(store, "origin_key('unknown', null, null, $principal, 'use')", principal=principal)
        for principal in ("AROA1:one", "AROA1:two", "AROA2:one", None)
    ]
    assert keys == ["unknown#AROA1:one", "unknown#AROA1:two", "unknown#AROA2:one", "unknown#use"]
