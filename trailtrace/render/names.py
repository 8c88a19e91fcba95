"""Names beside ids: `name (123456789012)`."""

import json
from collections.abc import Iterable
from typing import Any

from trailtrace.names import Account, Names
from trailtrace.render.rows import Row
from trailtrace.render.visible import visible

ACCOUNT_COLUMNS = ("account_id", "name", "relation")

NAME_CHARACTERS = 60


def account_text(account_id: str | None, names: Names) -> str:
    """The account, with its name before it if it has one."""
    name = names.account_names.get(account_id or "")
    shown = visible(account_id)
    return shown if name is None else f"{visible(name, NAME_CHARACTERS)} ({shown})"


def account_value(account: Account) -> dict[str, Any]:
    return {"account_id": account.account_id, "name": account.name, "relation": account.relation}


def names_value(names: Names) -> dict[str, Any]:
    """What stands in an answer's object beside the ids."""
    return {"accounts": [account_value(each) for each in names.accounts]}


def accounts_json(accounts: Iterable[Account]) -> str:
    """One JSON object, ASCII."""
    return json.dumps({"accounts": [account_value(each) for each in accounts]}, indent=2, ensure_ascii=True)


def account_rows(accounts: Iterable[Account]) -> list[Row]:
    """For `ACCOUNT_COLUMNS`."""
    return [(each.account_id, each.name, each.relation) for each in accounts]
