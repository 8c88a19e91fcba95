"""Puts names beside the ids of an answer: finds what it names, and what the store says of it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from trailtrace.names import Account, Address, Names, Relation

if TYPE_CHECKING:
    from trailtrace.question import Matches
    from trailtrace.scope import Scope
    from trailtrace.status import Status

from trailtrace.model import Answers
from trailtrace.store import Store

T = TypeVar("T", "Answers", "Scope", "Matches", "Status")

_ADDRESS = re.compile(r"[0-9a-fA-F]*[.:][0-9a-fA-F.:]{1,44}")
_ACCOUNT = re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])")


def named(store: Store, value: T) -> T:
    """The answer with what is known of the accounts that any text of it names, in ARNs too, and addresses."""
    known, labelled = accounts_of(store), bool(store.run("store/network_lists"))
    if not known and not labelled:
        return value
    texts = set(_texts(value))
    mentioned = {found for text in texts for found in _ACCOUNT.findall(text)}
    accounts = tuple(each for each in known if each.account_id in mentioned)
    addresses = addresses_of(store, texts) if labelled else ()
    return dataclasses.replace(value, names=Names(accounts, addresses))


def addresses_of(store: Store, texts: Iterable[str]) -> tuple[Address, ...]:
    """What is known of the addresses among these texts, in their order."""
    wanted = sorted(text for text in texts if _ADDRESS.fullmatch(text))
    return tuple(Address(**row) for row in store.records("answers/addresses", {"addresses": wanted}))


def accounts_of(store: Store) -> tuple[Account, ...]:
    """What a store says of accounts, in the order of their ids."""
    return tuple(
        Account(
            row["account_id"], row["name"], None if row["relation"] is None else Relation(row["relation"])
        )
        for row in store.records("store/accounts")
    )


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _texts(getattr(value, field.name))
