"""Names that stand beside ids: what accounts are called and whose they are, what is known of addresses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property


class Relation(StrEnum):
    """Whose an account is."""

    OURS = "ours"
    PARTNER = "partner"
    OUTSIDE = "outside"
    """Nobody will ever hand over its logs."""


@dataclass(frozen=True, slots=True)
class Account:
    """What is said of an account."""

    account_id: str
    name: str | None
    relation: Relation | None
    """None: nobody said."""


@dataclass(frozen=True, slots=True)
class Address:
    """What lists of networks say of a source address."""

    address: str
    kind: str
    """`public`, `private`, `service` (a name of AWS's), `other`."""
    of_aws: bool
    """A service, or in AWS's address space, where anybody's instances are too."""
    network: str | None
    """Name of an own network."""
    aws_service: str | None
    aws_region: str | None
    asn: int | None
    as_name: str | None
    country: str | None
    city: str | None
    label: str | None
    """All that in a few words."""


@dataclass(frozen=True, slots=True)
class NetworkList:
    """A list of networks that a store holds."""

    name: str
    """`own`, `aws`, or the kind of a database, such as GeoLite2-City."""
    sha256: str
    entries: int
    """Networks; 0 of a database."""


@dataclass(frozen=True)
class Names:
    """What is known of the accounts and addresses that an answer names."""

    accounts: tuple[Account, ...] = ()
    """In the order of their ids."""
    addresses: tuple[Address, ...] = ()
    """In the order of their texts."""

    @cached_property
    def account_names(self) -> Mapping[str, str]:
        return {each.account_id: each.name for each in self.accounts if each.name}

    @cached_property
    def labels(self) -> Mapping[str, str]:
        return {each.address: each.label for each in self.addresses if each.label}


NO_NAMES = Names()


def configured(accounts: Iterable[Account], later: Iterable[Account]) -> tuple[Account, ...]:
    """As `merged`; what a configuration names is ours where nobody says whose it is."""
    named = tuple(later)
    ids = {each.account_id for each in named}
    return tuple(
        replace(each, relation=Relation.OURS) if each.relation is None and each.account_id in ids else each
        for each in merged(accounts, named)
    )


def merged(accounts: Iterable[Account], later: Iterable[Account]) -> tuple[Account, ...]:
    """Accounts by id; what is said later counts, and what it leaves unsaid stays as it was."""
    found = {each.account_id: each for each in accounts}
    for each in later:
        before = found.get(each.account_id, each)
        found[each.account_id] = Account(
            each.account_id, each.name or before.name, each.relation or before.relation
        )
    return tuple(found[account_id] for account_id in sorted(found))
