"""Replaces what identifies an organisation in what is shown, so that evidence can be shared.

The same text becomes the same token for the same secret, in every command and format. What is not
known to be harmless is replaced: `kept.py` lists what stays. Which text is which is decided by the
name of its column, field or JSON member, for one idea has one name everywhere.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Callable, Iterable, Set
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from trailtrace.errors import UsageError
from trailtrace.finding import Finding
from trailtrace.model import Target
from trailtrace.names import Address
from trailtrace.redaction import kept
from trailtrace.redaction.kept import Names
from trailtrace.redaction.tokens import Tokens
from trailtrace.report import Detected, Source, Versions

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")

_SEPARATORS = re.compile(r"([^\w.@+*~$%-]+)")
_KEPT_FORM = re.compile(r"[\w .:/()+,*-]{1,100}")
_MEMBER = re.compile(r"[A-Za-z][\w:.$-]{0,60}")
_DENIED = re.compile(
    r"User: (\S+) is not authorized to perform: ([\w-]+:\w+)( on resource: )?(\S+)?(.*)", re.S
)
_TRAIL_FILE = re.compile(r"(\d{12})(_CloudTrail_[\w-]+_\d{8}T\d{4}Z_\w+\.json(?:\.gz)?)")
_FILE_ENDINGS = re.compile(r"((?:\.(?:json|ndjson|jsonl|csv|parquet|txt|log|zip|tar|tgz|gz))+)$", re.I)
_IN_SENTENCES = re.compile(r"arn:[\w-]*:[^\s\"'<>]*|[^\s\"'<>()\[\]{},;]+")
_ACCOUNT_NUMBERS = range(10**11, 10**12)
_CACHED = 200_000


LEAST_SECRET = 16


def checked_secret(text: str) -> bytes:
    """The secret as bytes. Raises UsageError if it could be guessed, and every token with it."""
    if len(text) < LEAST_SECRET:
        raise UsageError(
            f"--redact: a secret of fewer than {LEAST_SECRET} characters can be guessed:"
            " make one with `openssl rand -hex 32`"
        )
    return text.encode("utf-8", "surrogateescape")


class Redactor:
    """Redacts with one secret. `names` are texts that hold names, wherever they may turn up again.

    `said_words` gives the words that a finding's summary may hold beside those of logs.
    """

    def __init__(
        self,
        secret: bytes,
        names: Iterable[str] = (),
        said_words: Callable[[], Set[str]] = frozenset,
    ) -> None:
        self._tokens = Tokens(secret)
        self._said_words = said_words
        self._cache: dict[tuple[int, str, str], str] = {}
        self._names: set[str] = set()
        for text in names:
            self._names.update(word for word in _SEPARATORS.split(text) if self._is_name(word))

    def value(self, value: T) -> T:
        """An answer or any other value of the model."""
        return self._value("", value, kept.FIELDS)  # type: ignore[no-any-return]

    def batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Rows; each column by its name."""
        import pyarrow as pa

        columns = [
            self._column(name, column) for name, column in zip(batch.schema.names, batch.columns, strict=True)
        ]
        return pa.RecordBatch.from_arrays(columns, schema=batch.schema)

    def sentence(self, text: str) -> str:
        """Our own words, or a tool's, with the identifiers in them replaced."""
        return _IN_SENTENCES.sub(lambda found: self._in_sentence(found[0]), text)

    def text(self, name: str, text: str, names: Names = kept.COLUMNS) -> str:
        """The text of a column, field or member of that name."""
        key = (id(names), name, text)
        if key not in self._cache:
            if len(self._cache) >= _CACHED:
                self._cache.clear()
            self._cache[key] = self._text(name, text, names)
        return self._cache[key]

    def _text(self, name: str, text: str, names: Names) -> str:
        if name in names.words:
            return text if self._is_harmless(text) else self._data(text)
        if name in names.sentences:
            return self.sentence(text)
        if name in names.messages:
            return self._message(text)
        if name in names.paths:
            return self._path(text)
        return self._data(text)

    def _value(self, name: str, value: Any, names: Names) -> Any:
        match value:
            case Enum() | None | bool() | float():
                return value
            case str():
                return self.text(name, value, names)
            case int():
                return self._number(value)
            case Versions() | Detected() | Source():
                return value  # our own words
            case Finding():
                return self._finding(value)
            case Address():
                # Where somebody sits tells who it is.
                return Address(self._data(value.address), value.kind, value.of_aws, *[None] * 8)
            case Target():
                # Not a sentence of ours, as other fields of this name are.
                return dataclasses.replace(value, text=self._data(value.text))
            case dict():
                return {self._member(key): self._value(key, item, names) for key, item in value.items()}
            case list():
                return [self._value(name, item, names) for item in value]
            case tuple():
                return tuple(self._value(name, item, names) for item in value)
            case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
                fields = {
                    field.name: self._value(field.name, getattr(value, field.name), names)
                    for field in dataclasses.fields(value)
                }
                return dataclasses.replace(value, **fields)
            case _:
                return value

    def _finding(self, finding: Finding) -> Finding:
        """All that is not ours; a detail is named as a column of a row is."""
        return dataclasses.replace(
            finding,
            id=self._data(finding.id),
            summary=_IN_SENTENCES.sub(lambda found: self._in_summary(found[0]), finding.summary),
            account_id=self._value("account_id", finding.account_id, kept.FIELDS),
            subject=self._value("subject", finding.subject, kept.FIELDS),
            details=tuple((name, self._value(name, value, kept.COLUMNS)) for name, value in finding.details),
        )

    def _in_summary(self, word: str) -> str:
        bare = word.rstrip(".:,;")
        rest = word[len(bare) :]
        if kept.TIME.fullmatch(bare):
            return word
        address = self._tokens.address(bare)
        if address is not None:
            return address + rest
        parts = _SEPARATORS.split(bare)
        shown = (
            part if place % 2 or part in self._said else self._word(part) for place, part in enumerate(parts)
        )
        return "".join(shown) + rest

    @cached_property
    def _said(self) -> Set[str]:
        return self._said_words() - self._names

    def _column(self, name: str, column: pa.Array) -> pa.Array:
        import pyarrow as pa

        if name in kept.WITHHELD:
            return pa.nulls(len(column), column.type)
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            coded = column.dictionary_encode()
            texts = [self.text(name, text) for text in coded.dictionary.to_pylist()]
            return pa.array(texts, column.type).take(coded.indices)
        if pa.types.is_temporal(column.type) or pa.types.is_floating(column.type):
            return column
        return pa.array([self._value(name, value, kept.COLUMNS) for value in column.to_pylist()], column.type)

    def _number(self, number: int) -> int:
        return int(self._tokens.account(str(number))) if number in _ACCOUNT_NUMBERS else number

    def _data(self, text: str) -> str:
        """Any text of a log: word by word, so that what was part of a text stays part of it."""
        if kept.TIME.fullmatch(text) or kept.AWS_TYPE.fullmatch(text):
            return text
        if text[:1] in ("{", "[") and (redacted := self._json(text)) is not None:
            return redacted
        address = self._tokens.address(text)
        if address is not None:
            return address
        return self._words(text)

    def _words(self, text: str) -> str:
        # With one group, split gives the separators too, at every second place.
        parts = _SEPARATORS.split(text)
        return "".join(part if place % 2 else self._word(part) for place, part in enumerate(parts))

    def _word(self, word: str) -> str:
        if not any(character.isalnum() for character in word) or self._is_kept(word):
            return word
        return self._tokens.typed(word) or self._composed(word) or self._tokens.name(word)

    def _is_kept(self, word: str) -> bool:
        return (
            word in kept.WORDS
            or kept.REGION.fullmatch(word) is not None
            or kept.NUMBER.fullmatch(word) is not None
            or kept.SERVICE_ROLE.fullmatch(word) is not None
        )

    def _composed(self, word: str) -> str | None:
        """Names that AWS builds: what it prefixed stays, what a customer chose does not."""
        host = kept.AWS_HOST.fullmatch(word)
        if host is not None:
            *labels, last = host[1].split(".")
            if kept.REGION.fullmatch(last) and labels:
                *labels, service = labels
                last = f"{service}.{last}"
            return ".".join([*map(self._word, labels), last + host[2]])
        for pattern in kept.BUILT_NAMES:
            built = pattern.fullmatch(word)
            if built is not None:
                return built[1] + self._tokens.name(built[2]) + self._tokens.tail(built[3] or "")
        return None

    def _is_name(self, word: str) -> bool:
        return len(word) > 1 and word[0].isalnum() and self._word(word) != word

    def _is_harmless(self, text: str) -> bool:
        if not _KEPT_FORM.fullmatch(text):
            return False
        words = _SEPARATORS.split(text)
        return not any(word in self._names or self._tokens.identifies(word) for word in words)

    def _in_sentence(self, word: str) -> str:
        bare = word.rstrip(".:")
        if bare.startswith("arn:") or kept.LOCATOR.fullmatch(bare):
            return self._words(bare) + word[len(bare) :]
        address = self._tokens.address(bare)
        if address is not None:
            return address + word[len(bare) :]
        parts = _SEPARATORS.split(word)
        return "".join(part if place % 2 else self._known_word(part) for place, part in enumerate(parts))

    def _known_word(self, word: str) -> str:
        bare = word.rstrip(".")
        if bare in self._names or self._tokens.identifies(bare) or kept.AWS_HOST.fullmatch(bare):
            return self._word(bare) + word[len(bare) :]
        return word

    def _message(self, text: str) -> str:
        """An error message: AWS's sentence about a refusal, or nothing that could be read."""
        denied = _DENIED.fullmatch(text)
        if denied is None:
            return self._tokens.name(text)
        who, what, on, resource, rest = denied.groups(default="")
        rest = self.sentence(rest) if kept.REFUSAL.fullmatch(rest) else ""
        return (
            f"User: {self._words(who)} is not authorized to perform: {what}{on}{self._words(resource)}{rest}"
        )

    def _path(self, text: str) -> str:
        def part(word: str) -> str:
            trail = _TRAIL_FILE.fullmatch(word)
            if trail is not None:
                return self._tokens.account(trail[1]) + trail[2]
            ending = _FILE_ENDINGS.search(word)
            stem = word[: ending.start()] if ending else word
            return self._words(stem) + (ending[1] if ending else "")

        return "".join(
            piece if place % 2 else part(piece) for place, piece in enumerate(re.split(r"([/!\\]+)", text))
        )

    def _json(self, text: str) -> str | None:
        try:
            value = self._value("", json.loads(text, parse_float=_finite), kept.MEMBERS)
        except (ValueError, RecursionError):
            return None  # not JSON, or nested deeper than is read: word by word then
        return json.dumps(value, separators=(",", ":"))

    def _member(self, name: str) -> str:
        harmless = _MEMBER.fullmatch(name) and self._is_harmless(name)
        return name if harmless else self._data(name)


def _finite(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits
