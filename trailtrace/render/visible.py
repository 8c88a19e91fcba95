"""Log text made safe to show: everything in a log may be written by an attacker."""

import unicodedata

MAX_CHARACTERS = 300
"""Longer log text is cut, and says so."""


def visible(text: str | None, limit: int = MAX_CHARACTERS) -> str:
    """The text with control, format and bidirectional characters written as escapes."""
    if text is None:
        return "-"
    shown = "".join(
        character
        if character.isprintable() and unicodedata.category(character) not in ("Cf", "Zl", "Zp")
        else character.encode("unicode_escape", "backslashreplace").decode("ascii")
        for character in text[:limit]
    )
    cut = len(text) - limit
    return f"{shown}… ({cut} characters more)" if cut > 0 else shown
