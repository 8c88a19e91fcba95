"""Reads `trailtrace.toml`, what an organisation tells of itself, into `Settings`."""

from __future__ import annotations

import difflib
import ipaddress
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NoReturn

from trailtrace.detections import detection, detection_names
from trailtrace.errors import UsageError
from trailtrace.finding import Severity
from trailtrace.library import Param
from trailtrace.names import Account, Relation
from trailtrace.settings import DetectionSettings, Network, Settings

FILE_NAME = "trailtrace.toml"

SECTIONS = ("accounts", "people", "networks", "findings")
ACCOUNT_KEYS = ("name", "relation")
PEOPLE_KEYS = ("roles",)
FINDING_KEYS = ("enabled", "severity")

_GIVEN = frozenset({"since", "until", *Settings().shared})
"""Parameters of detections that are not set one by one."""

_LARGEST = 2**31 - 1
_LISTS: dict[str, type] = {"varchar[]": str, "integer[]": int}
_TYPES: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "bigint": (int,),
    "double": (int, float),
    "boolean": (bool,),
    "varchar": (str,),
}
_FORMS = {
    "integer": "a whole number",
    "bigint": "a whole number",
    "double": "a number",
    "boolean": "true or false",
    "varchar": "text in quotes",
    "varchar[]": 'a list of texts: ["a", "b"]',
    "integer[]": "a list of whole numbers",
}


def read_settings(path: Path) -> Settings:
    """Reads a file. Raises UsageError, with the line, for what is not known or not of its type."""
    try:
        text = path.read_text(encoding="utf-8")
        value = tomllib.loads(text)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}: choose another --config") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not TOML: {error}") from None
    return _File(path, text).settings(value)


def network_text(text: str) -> str:
    """A network in CIDR notation; an IPv4 one that is written as IPv6 (RFC 4291, 2.5.5.2) as what it is.

    Raises ValueError.
    """
    network = ipaddress.ip_network(text)
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is None or network.prefixlen < 96:
        return str(network)
    return f"{mapped}/{network.prefixlen - 96}"


class _File:
    """One file, which its errors name with the line."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._lines = text.splitlines()

    def settings(self, value: dict[str, Any]) -> Settings:
        self._check_keys((), value, SECTIONS)
        sections = {name: self._table((name,), value.get(name, {})) for name in SECTIONS}
        people = sections["people"]
        self._check_keys(("people",), people, PEOPLE_KEYS)
        return Settings(
            path=str(self._path),
            accounts=tuple(self._account(key, each) for key, each in sorted(sections["accounts"].items())),
            people_roles=self._texts(("people", "roles"), people.get("roles", [])),
            networks=tuple(self._network(name, each) for name, each in sections["networks"].items()),
            detections={name: self._detection(name, each) for name, each in sections["findings"].items()},
        )

    def _account(self, account_id: str, value: Any) -> Account:
        at = ("accounts", account_id)
        if not re.fullmatch(r"[0-9]{12}", account_id):
            self._refuse(at, "an account is named by its 12 digits")
        table = self._table(at, value)
        self._check_keys(at, table, ACCOUNT_KEYS)
        name = table.get("name")
        if name is not None and not isinstance(name, str):
            self._refuse((*at, "name"), "not text in quotes")
        relation = table.get("relation")
        if relation is not None:
            relation = Relation(self._one_of((*at, "relation"), relation, Relation))
        return Account(account_id, name, relation)

    def _network(self, name: str, value: Any) -> Network:
        at = ("networks", name)
        try:
            return Network(name, tuple(map(network_text, self._texts(at, value))))
        except ValueError as error:
            self._refuse(at, f"not a network: {error}: write it as 192.0.2.0/24")

    def _detection(self, name: str, value: Any) -> DetectionSettings:
        at = ("findings", name)
        if name not in detection_names():
            self._refuse(at, f"there is no such finding{_nearest(name, detection_names())}")
        table = self._table(at, value)
        params = {param.name: param for param in detection(name).query.params if param.name not in _GIVEN}
        self._check_keys(at, table, (*FINDING_KEYS, *params))
        enabled = table.get("enabled", True)
        if not isinstance(enabled, bool):
            self._refuse((*at, "enabled"), "not true or false")
        severity = table.get("severity")
        if severity is not None:
            severity = Severity(self._one_of((*at, "severity"), severity, Severity))
        given = {key: self._param((*at, key), params[key], table[key]) for key in table if key in params}
        return DetectionSettings(enabled, severity, given)

    def _param(self, at: tuple[str, ...], param: Param, value: object) -> object:
        if param.type in _LISTS:
            items = value if isinstance(value, list) else [None]
            fits = all(_is(item, (_LISTS[param.type],)) for item in items)
        else:
            fits = _is(value, _TYPES.get(param.type, (str,)))
        if not fits:
            self._refuse(at, f"not {_FORMS.get(param.type, param.type)}")
        return value

    def _table(self, at: tuple[str, ...], value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            self._refuse(at, f"not a table: write it as [{'.'.join(at)}]")
        return value

    def _texts(self, at: tuple[str, ...], value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self._refuse(at, f"not {_FORMS['varchar[]']}")
        return tuple(value)

    def _one_of(self, at: tuple[str, ...], value: Any, allowed: Iterable[str]) -> str:
        if value not in (names := [str(each) for each in allowed]):
            self._refuse(at, f"not one of {', '.join(names)}")
        return str(value)

    def _check_keys(self, at: tuple[str, ...], table: dict[str, Any], known: Iterable[str]) -> None:
        for key in table:
            if key not in known:
                self._refuse((*at, key), f"unknown key{_nearest(key, known)}")

    def _refuse(self, at: tuple[str, ...], why: str) -> NoReturn:
        raise UsageError(f"{self._path}{self._line(at)}: {'.'.join(at)}: {why}")

    def _line(self, at: tuple[str, ...]) -> str:
        """`, line 7`, where a key or its table stands; nothing if it is written in a way not seen here."""
        header: list[str] = []
        best, length = 0, 0
        for number, line in enumerate(self._lines, 1):
            if table := _TABLE.match(line):
                header = _parts(table[1])
                path = header
            elif key := _KEY.match(line):
                path = [*header, *_parts(key[1])]
            else:
                continue
            if length < len(path) <= len(at) and tuple(path) == at[: len(path)]:
                best, length = number, len(path)
        return f", line {best}" if best else ""


_PART = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([\w-]+))\s*""")
_PATH = r"""((?:"[^"]*"|'[^']*'|[\w.\s-])+?)"""
_TABLE = re.compile(rf"\s*\[\[?{_PATH}\]")
_KEY = re.compile(rf"\s*{_PATH}\s*=")


def _parts(text: str) -> list[str]:
    return [next(part for part in found if part) for found in _PART.findall(text) if any(found)]


def _is(value: object, kinds: tuple[type, ...]) -> bool:
    if isinstance(value, bool):
        return bool in kinds
    if isinstance(value, int | float) and not -_LARGEST <= value <= _LARGEST:
        return False
    return isinstance(value, kinds)


def _nearest(key: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(key, list(known), n=1, cutoff=0.5)
    return f": did you mean {close[0]}?" if close else f": there are {', '.join(sorted(known))}"
