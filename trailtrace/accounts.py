"""Lists of accounts: reads them from files and from AWS Organizations, and notes in a store what they say."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from trailtrace.configuration import read_settings
from trailtrace.derive import resolve_again
from trailtrace.errors import TrailtraceError, UsageError, extra
from trailtrace.investigate.naming import accounts_of
from trailtrace.migration import migrate
from trailtrace.names import Account, Relation, configured, merged
from trailtrace.store import Store
from trailtrace.writing import Writer, writing

MOST_BYTES = 64 * 1024**2
"""Of a list; Organizations allows tens of thousands of accounts, of a few hundred bytes each."""

LONGEST_NAME = 200
"""Characters; Organizations allows 50."""

ID_COLUMNS = ("accountid", "id", "account")
NAME_COLUMNS = ("accountname", "name")
RELATION_COLUMN = "relation"

_ID = re.compile(r"[0-9]{12}")


@dataclass(frozen=True, slots=True)
class Noted:
    """What became of a list of accounts."""

    read: int
    new: int
    """Accounts of which nothing was said before."""
    changed: int
    total: int
    """Accounts of which something is said now."""
    resolved_again: bool
    """Which accounts are outside has changed, and with it where chains end."""


def read_list(path: str, relation: Relation | Literal["unknown"] | None = None) -> tuple[Account, ...]:
    """The accounts of a file; `-` is standard input.

    A file is what `aws organizations list-accounts` printed, whose accounts are `ours`; a CSV with a
    header, of which `account_id` (or `id`), `name` and `relation` are read, also as the console of
    Organizations exports it; or the `[accounts]` of a `trailtrace.toml`. `relation` is that of accounts of
    which the file says none; with `unknown` nothing is claimed of these. Raises UsageError, with the line,
    for what is none of these.
    """
    default = None if relation == "unknown" else relation
    if path.endswith(".toml"):
        said = read_settings(Path(path)).accounts
        found = [replace(each, relation=each.relation or default) for each in said]
    elif (text := _text(path)).lstrip()[:1] in ("{", "["):
        found = _of_organizations(path, text, Relation.OURS if relation is None else default)
    else:
        found = list(_of_csv(path, text, default))
    if not found:
        raise UsageError(f"{path}: names no account: see `trailtrace accounts import --help`")
    return _without_contradiction(path, found)


def organization(profile: str | None = None) -> tuple[Account, ...]:
    """The accounts of the organisation, by its API (organizations:ListAccounts): all are `ours`.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html: the management
    account and delegated administrators may call it. Raises MissingExtraError without boto3, and
    TrailtraceError where AWS refuses.
    """
    with extra("aws"):
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError
    try:
        pages = (
            boto3.Session(profile_name=profile)
            .client("organizations", region_name="us-east-1")
            .get_paginator("list_accounts")
        )
        members = [member for page in pages.paginate() for member in page["Accounts"]]
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "unknown error")
        raise TrailtraceError(
            f"organizations:ListAccounts: {code}: ask with credentials of the management account or a"
            " delegated administrator, or give a file"
        ) from None
    except BotoCoreError as error:
        # Its text may hold the address of a proxy with its password.
        raise TrailtraceError(
            f"organizations:ListAccounts: {type(error).__name__}: check the profile, its credentials and the"
            " network, or give a file"
        ) from None
    return tuple(_member("organizations:ListAccounts", member, Relation.OURS) for member in members)


def note(
    path: Path,
    change: Callable[[tuple[Account, ...]], tuple[Account, ...]],
    read: int,
    waiting: Callable[[str], None],
) -> Noted:
    """Changes what the store at `path`, which need not be there yet, says of accounts.

    If other accounts are outside than before, where chains end is found again, beside readers.
    """
    with writing(path, waiting) as writer:
        older, before = _noted(writer)
        after = change(before)
        resolved = _outside(before) != _outside(after)
        if older or after != before:
            with _opened(writer, copied=older or resolved) as store, store.transaction():
                _write(store, after)
                if resolved:
                    resolve_again(store)
    known = {each.account_id: each for each in before}
    new = sum(each.account_id not in known for each in after)
    changed = sum(each.account_id in known and known[each.account_id] != each for each in after)
    return Noted(read, new, changed, len(after), resolved)


def adding(
    accounts: Iterable[Account], *, configuration: bool = False
) -> Callable[[tuple[Account, ...]], tuple[Account, ...]]:
    """A change: what a list says is added; what it leaves unsaid stays.

    What a `configuration` only names, and nobody said anything of, is `ours`.
    """
    later = tuple(accounts)
    add = configured if configuration else merged
    return lambda before: add(before, later)


def marking(
    account_ids: Iterable[str], relation: Relation | None, name: str | None = None
) -> Callable[[tuple[Account, ...]], tuple[Account, ...]]:
    """A change: these accounts are of that relation, or of none. Raises UsageError for what is no account."""
    marked = dict.fromkeys(account_ids)
    for account_id in marked:
        if not _ID.fullmatch(account_id):
            raise UsageError(f"{account_id}: an account is named by its 12 digits")
    if name is not None:
        _check_name("--name", name)

    def change(before: tuple[Account, ...]) -> tuple[Account, ...]:
        kept = {each.account_id: each for each in before}
        for account_id in marked:
            known = kept.get(account_id)
            kept[account_id] = Account(account_id, name or (known.name if known else None), relation)
        said = (each for each in kept.values() if each.name or each.relation)
        return tuple(sorted(said, key=lambda each: each.account_id))

    return change


def _outside(accounts: Iterable[Account]) -> set[str]:
    return {each.account_id for each in accounts if each.relation is Relation.OUTSIDE}


def _noted(writer: Writer) -> tuple[bool, tuple[Account, ...]]:
    """Whether the store has an older schema, and what it says of accounts."""
    if not writer.exists:
        return False, ()
    older: list[int] = []
    with writer.reading(lambda _, version: older.append(version)) as store:
        return bool(older), () if older else accounts_of(store)


def _opened(writer: Writer, *, copied: bool) -> AbstractContextManager[Store]:
    return writer.replaced(migrate) if copied else writer.in_place()


def _write(store: Store, accounts: Iterable[Account]) -> None:
    import pyarrow as pa

    schema = pa.schema({"account_id": pa.string(), "name": pa.string(), "relation": pa.string()})
    rows = [
        {
            "account_id": each.account_id,
            "name": each.name,
            "relation": None if each.relation is None else str(each.relation),
        }
        for each in accounts
    ]
    store.fill("store/note_accounts", pa.Table.from_pylist(rows, schema))


def _text(path: str) -> str:
    try:
        if path == "-":
            data = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with Path(path).open("rb") as file:
                data = file.read(MOST_BYTES + 1)
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}: give a file with accounts") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: not UTF-8 text: save it as CSV in UTF-8") from None
    if len(data) > MOST_BYTES:
        raise UsageError(f"{path}: more than {MOST_BYTES // 1024**2} MiB: no list of accounts is so long")
    return text


def _of_organizations(path: str, text: str, relation: Relation | None) -> list[Account]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: not JSON: {error}") from None
    if isinstance(value, dict):
        if value.get("NextToken"):
            raise UsageError(f"{path}: only a part of the list: ask for it again without --max-items")
        value = value.get("Accounts")
    if not isinstance(value, list):
        raise UsageError(f"{path}: no member Accounts: give what `aws organizations list-accounts` prints")
    return [_member(path, member, relation) for member in value]


def _member(path: str, member: Any, relation: Relation | None) -> Account:
    """One member of `Accounts`; its e-mail address and state are left where they are."""
    fields: Mapping[str, Any] = member if isinstance(member, dict) else {}
    account_id, name = fields.get("Id"), fields.get("Name")
    if not isinstance(account_id, str) or not _ID.fullmatch(account_id):
        raise UsageError(f"{path}: a member of Accounts whose Id is not 12 digits")
    if name is not None and not isinstance(name, str):
        raise UsageError(f"{path}: account {account_id}: its Name is not text")
    _check_name(f"{path}: account {account_id}", name or "")
    return Account(account_id, name or None, relation)


def _of_csv(path: str, text: str, relation: Relation | None) -> Iterator[Account]:
    head = text.partition("\n")[0]
    separator = max(",;\t", key=head.count)
    rows = csv.DictReader(text.splitlines(keepends=True), delimiter=separator, strict=True)
    try:
        columns = {re.sub(r"[\s_-]", "", name or "").lower(): name for name in rows.fieldnames or ()}
        id_column = next((columns[name] for name in ID_COLUMNS if name in columns), None)
        name_column = next((columns[name] for name in NAME_COLUMNS if name in columns), None)
        if id_column is None:
            raise UsageError(f"{path}: no column account_id in its first line: name the columns there")
        for row in rows:
            at = f"{path}, line {rows.line_num}"
            if any(re.search(r"[\r\n]", str(value)) for value in row.values()):
                raise UsageError(f"{at}: a value of several lines: close the quote that opens it")
            account_id = (row[id_column] or "").strip()
            if not _ID.fullmatch(account_id):
                why = ": spreadsheets drop leading zeros" if account_id.isdigit() else ""
                raise UsageError(f"{at}: {account_id[:40]!r} is not an account's 12 digits{why}")
            name = (row[name_column] or "").strip() if name_column is not None else ""
            _check_name(at, name)
            said = (row[columns[RELATION_COLUMN]] or "").strip() if RELATION_COLUMN in columns else ""
            if said and said not in list(Relation):
                raise UsageError(f"{at}: relation {said[:40]!r}: not one of {', '.join(Relation)}")
            yield Account(account_id, name or None, Relation(said) if said else relation)
    except csv.Error as error:
        raise UsageError(f"{path}, line {rows.reader.line_num}: not CSV: {error}") from None


def _check_name(at: str, name: str) -> None:
    if len(name) > LONGEST_NAME:
        raise UsageError(f"{at}: a name of more than {LONGEST_NAME} characters")


def _without_contradiction(path: str, accounts: Iterable[Account]) -> tuple[Account, ...]:
    found: dict[str, Account] = {}
    for each in accounts:
        if found.setdefault(each.account_id, each) != each:
            raise UsageError(f"{path}: says two things of account {each.account_id}")
    return tuple(found.values())
