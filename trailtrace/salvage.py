"""Cuts JSON values out of damaged text. Never recurses, so no nesting can exhaust the stack."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|["{}\[\]]|[^\s,:{}\[\]"]+', re.DOTALL)
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
    depth = 0
    begin = 0
    junk: int | None = None
    end = start
    for token in _TOKEN.finditer(data, start):
        first = data[token.start()]
        opens = first in b"{["
        closes = first in b"}]"
        if closes and depth == 0 and inside:
            break
        closes = closes and depth > 0  # a bracket that closes nothing is junk
        unclosed_string = first == 0x22 and token.end() - token.start() == 1
        value = depth == 0 and (
            opens or (first == 0x22 and not unclosed_string) or _LITERAL.fullmatch(token.group()) is not None
        )
        if depth == 0 and not value and not closes and not unclosed_string:
            junk = token.start() if junk is None else junk
            end = token.end()
            continue
        if junk is not None and depth == 0:
            yield Cut(Piece.JUNK, junk, data[junk:end])
            junk = None
        if unclosed_string:
            begin = token.start() if depth == 0 else begin
            yield Cut(Piece.CUT_OFF, begin, data[begin:])
            return
        if opens:
            begin = token.start() if depth == 0 else begin
            depth += 1
        elif closes:
            depth -= 1
            if depth == 0:
                yield Cut(Piece.VALUE, begin, data[begin : token.end()])
        elif depth == 0:
            yield Cut(Piece.VALUE, token.start(), token.group())
    if depth:
        yield Cut(Piece.CUT_OFF, begin, data[begin:])
    elif junk is not None:
        yield Cut(Piece.JUNK, junk, data[junk:end])


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
