"""How often the inconvenient happens that is no fault of the delivery."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Habits:
    recycled: float = 0.01
    """Of the temporary keys, those whose id another live or dead credential of the account has."""
    skewed: float = 0.005
    """Of the issuances, those whose session is created a second beside their `eventTime`."""
    extreme: float = 0.0002
    """Of the credentials, those first used half a minute before they were issued (a host's clock)."""
    bucket_copies: float = 0.01
    """Of the calls, those to another account's bucket."""
    thin: float = 0.004
    """Of the calls, those whose records leave out the key, the session or both."""
    twins: float = 0.0004
    """Of the records, those delivered again under another event id (T03)."""
