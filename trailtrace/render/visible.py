"""Log text made safe to show: everything in a log may be written by an attacker."""

import unicodedata

MAX_CHARACTERS = 300
"""Longer log text is cut, and says so."""


_UNSEEN = set("\u115f\u1160\u2800\u3164\uffa0")
_CATEGORIES = ("Cf", "Zl", "Zp", "Mn", "Me")


def visible(text: str | None, limit: int = MAX_CHARACTERS) -> str:
    """The text with control, format, bidirectional, combining and blank characters as escapes."""
    if text is None:
        return "-"
    shown = "".join(
        character
        if character.isprintable()
        and unicodedata.category(character) not in _CATEGORIES
        and character not in _UNSEEN
        else character.encode("unicode_escape", "backslashreplace").decode("ascii")
        for character in unicodedata.normalize("NFC", text[:limit])
    )
    cut = len(text) - limit
    return f"{shown}… ({cut} characters more)" if cut > 0 else shown
