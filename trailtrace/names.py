"""Names that stand beside ids: what an organisation calls its accounts, and whose they are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Names:
    """What is known of the accounts that an answer names."""

    accounts: tuple[Account, ...] = ()
    """In the order of their ids."""

    @cached_property
    def account_names(self) -> Mapping[str, str]:
        return {each.account_id: each.name for each in self.accounts if each.name}


NO_NAMES = Names()


def merged(accounts: Iterable[Account], later: Iterable[Account]) -> tuple[Account, ...]:
    """Accounts by id; what is said later counts, and what it leaves unsaid stays as it was."""
    found = {each.account_id: each for each in accounts}
    for each in later:
        before = found.get(each.account_id, each)
        found[each.account_id] = Account(
            each.account_id, each.name or before.name, each.relation or before.relation
        )
    return tuple(found[account_id] for account_id in sorted(found))
