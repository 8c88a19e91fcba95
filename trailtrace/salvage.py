"""Cuts JSON values out of damaged text. Never recurses, so no nesting can exhaust the stack."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_TOKEN = re.compile(_STRING + rb'|["{}\[\]]|[^\s,:{}\[\]"]+', re.DOTALL)
# The next brackets outside of strings that all open or all close.
_BRACKETS = re.compile(rb'[^"{}\[\]]*+(?:' + _STRING + rb'[^"{}\[\]]*+)*+([{\[]++|[}\]]++)', re.DOTALL)
_ANY_JSON = json.JSONDecoder(strict=False)
RECORD_START = re.compile(rb'\{\s*"eventVersion"\s*:')
_LITERAL = re.compile(rb"null|true|false|-?[0-9][0-9.eE+-]*")


class Piece(StrEnum):
    """What a cut-out is."""

    VALUE = "value"
    """Brackets and quotes are balanced; whether it is valid JSON is for a parser to say."""
    CUT_OFF = "cut_off"
    """The text ended inside it."""
    JUNK = "junk"
    """Text that is no JSON value, up to the next one."""


@dataclass(frozen=True, slots=True)
class Cut:
    """One piece of the text and where it starts, in bytes."""

    piece: Piece
    start: int
    text: bytes


def json_values(data: bytes, start: int = 0, *, inside: bool = False) -> Iterator[Cut]:
    """The values from `start` on, with or without commas between.

    With `inside`, `start` is behind an opening bracket and the values end where it closes.
    """
    junk: int | None = None
    end = start
    while token := _TOKEN.search(data, end):
        begin = token.start()
        first = data[begin]
        if first in b"}]" and inside:
            break
        opens = first in b"{["
        unclosed_string = first == 0x22 and token.end() - begin == 1
        value = opens or first == 0x22 or _LITERAL.fullmatch(token.group()) is not None
        if junk is not None and value:
            yield Cut(Piece.JUNK, junk, data[junk:end])
            junk = None
        elif junk is None and not value:
            junk = begin
        end = _closing(data, token.end()) if opens else token.end()
        if end < 0 or unclosed_string:
            yield Cut(Piece.CUT_OFF, begin, data[begin:])
            return
        if value:
            yield Cut(Piece.VALUE, begin, data[begin:end])
    if junk is not None:
        yield Cut(Piece.JUNK, junk, data[junk:end])


def _closing(data: bytes, start: int) -> int:
    """Behind the bracket that closes the one before `start`; -1 if the text ends before it."""
    depth = 1
    while brackets := _BRACKETS.match(data, start):
        begin, start = brackets.span(1)
        if data[begin] in b"{[":
            depth += start - begin
        elif depth > start - begin:
            depth -= start - begin
        else:
            return begin + depth
    return -1


def record_starts(raw: bytes, start: int) -> list[int]:
    """Where records begin, from `start` on, but those that are part of a whole one."""
    text = raw.decode("latin-1")  # a character for each byte
    starts = []
    end = start
    for match in RECORD_START.finditer(raw, start):
        if match.start() < end:
            continue
        starts.append(match.start())
        try:
            end = _ANY_JSON.raw_decode(text, match.start())[1]
        except (ValueError, RecursionError):
            end = match.end()
    return starts
