"""Names beside ids: `name (123456789012)`."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from trailtrace.names import Account, Address, Names, NetworkList
from trailtrace.render.rows import Row
from trailtrace.render.visible import visible

ACCOUNT_COLUMNS = ("account_id", "name", "relation")

NETWORK_COLUMNS = ("name", "networks", "sha256")

NAME_CHARACTERS = 60
LABEL_CHARACTERS = 100


def account_text(account_id: str | None, names: Names) -> str:
    """The account, with its name before it if it has one."""
    name = names.account_names.get(account_id or "")
    shown = visible(account_id)
    return shown if name is None else f"{visible(name, NAME_CHARACTERS)} ({shown})"


def address_text(address: str | None, names: Names) -> str:
    """The address, and what is known of it."""
    label = names.labels.get(address or "")
    shown = visible(address)
    return shown if label is None else f"{shown} ({visible(label, LABEL_CHARACTERS)})"


def account_value(account: Account) -> dict[str, Any]:
    return {"account_id": account.account_id, "name": account.name, "relation": account.relation}


def names_value(names: Names) -> dict[str, Any]:
    """What stands in an answer's object beside the ids."""
    return {
        "accounts": [account_value(each) for each in names.accounts],
        "addresses": [address_value(each) for each in names.addresses],
    }


def address_value(address: Address) -> dict[str, Any]:
    return asdict(address)


def accounts_json(accounts: Iterable[Account]) -> str:
    """One JSON object, ASCII."""
    return json.dumps({"accounts": [account_value(each) for each in accounts]}, indent=2, ensure_ascii=True)


def account_rows(accounts: Iterable[Account]) -> list[Row]:
    """For `ACCOUNT_COLUMNS`."""
    return [(each.account_id, each.name, each.relation) for each in accounts]


def network_lists_json(lists: Iterable[NetworkList]) -> str:
    """One JSON object, ASCII."""
    return json.dumps({"lists": [asdict(each) for each in lists]}, indent=2, ensure_ascii=True)


def network_list_rows(lists: Iterable[NetworkList]) -> list[Row]:
    """For `NETWORK_COLUMNS`."""
    return [(each.name, each.entries or "a database", each.sha256) for each in lists]
