"""Warnings about ids themselves: encoded accounts that disagree (L27), and keys that were redacted (C44)."""

import re

from trailtrace.investigate.chain import Chain
from trailtrace.investigate.coverage import Coverage, Keys
from trailtrace.investigate.links import Record
from trailtrace.investigate.missing import account_of_arn
from trailtrace.model import Warn

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_MINTED_ID = re.compile(r"A(?:KIA|SIA|BIA|CCA)[A-Z2-7]{16}|A(?:IDA|ROA)[A-Z2-7]{17}")
_FEWEST_PRINCIPALS = 3
"""One key id of this many principals, and no other anywhere, is a placeholder and not a recycled id."""


def account_in_id(text: str | None) -> str | None:
    """The account that AWS encodes in ids minted since 2019; None for any other text.

    Characters 5 to 12, base32, hold half the account above the value of QAAAAAAA, and character 13 its
    odd bit: https://awsteele.com/blog/2020/09/26/aws-access-key-format.html
    """
    if text is None or not _MINTED_ID.fullmatch(text):
        return None
    digits = [_LETTERS.index(letter) for letter in text[4:13]]
    if digits[0] < _LETTERS.index("Q"):
        return None  # the format before 2019, which holds no account
    number = 0
    for digit in digits[:8]:
        number = number * 32 + digit
    account = (number - (1 << 39)) * 2 + (digits[8] >= _LETTERS.index("Q"))
    return f"{account:012d}" if account < 10**12 else None


def account_warnings(chain: Chain, use: Record | None) -> list[Warn]:
    """L27: an id that another account's records should not show. A check, never a link (T28)."""
    pairs = [] if use is None or use["delegate_account_id"] is not None else _ids_of_use(use)
    for issuance in chain.issuances:
        pairs += _ids_of_issuance(issuance)
    odd = [
        (text, encoded, account)
        for text, account in dict.fromkeys(pairs)
        if account is not None
        and (encoded := account_in_id(text)) is not None
        and encoded != account
        and re.fullmatch(r"\d{12}", account)
    ]
    if not odd:
        return []
    text, encoded, account = odd[0]
    more = f" (and {len(odd) - 1} more ids)" if len(odd) > 1 else ""
    told = (
        f"the id {text} was minted for account {encoded}, the record says {account}{more}: ids or account"
        " numbers were altered or anonymised"
    )
    return [Warn("account_in_id_differs", told)]


def _ids_of_use(use: Record) -> list[tuple[str | None, str | None]]:
    issuer_account = use["session_issuer_account_id"] or use["account_id"]
    pairs = [(_id(use["principal_id"]), use["account_id"])]
    pairs.append((use["session_issuer_principal_id"], issuer_account))
    if not use["assumed_root"]:
        pairs.append((use["join_key"], use["account_id"]))
    return pairs


def _ids_of_issuance(issuance: Record) -> list[tuple[str | None, str | None]]:
    caller_account = issuance["caller_account_id"]
    session_account = account_of_arn(issuance["session_arn"] or issuance["role_arn"])
    pairs = [
        (_id(issuance["caller_principal_id"]), caller_account),
        (issuance["caller_access_key_id"], caller_account),
        (_id(issuance["session_principal_id"]), session_account),
    ]
    if issuance["kind"] in ("assume_role", "saml", "web_identity"):
        pairs.append((issuance["issued_key"], session_account))
    return pairs


def _id(principal_id: str | None) -> str | None:
    return None if principal_id is None else principal_id.partition(":")[0]


def redaction_warnings(coverage: Coverage, use: Record | None) -> list[Warn]:
    """C44: an export without keys, or with one for all, leaves the rules that need a key without work."""
    if use is None:
        return []
    keys = coverage.keys(use["account_id"])
    if not _redacted(keys):
        return []
    shown = "one and the same access key id" if keys.keys else "no access key id that could be one"
    text = (
        f"the {keys.sessions} sessions and keys of account {use['account_id']} show {shown}, as in a redacted"
        " export: rules that need the key are off"
    )
    return [Warn("keys_redacted", text)]


def _redacted(keys: Keys) -> bool:
    if not keys.sessions:
        return False
    return keys.with_key == 0 or (keys.keys == 1 and keys.principals >= _FEWEST_PRINCIPALS)
