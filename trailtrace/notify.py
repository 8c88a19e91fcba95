"""Sends a short text to a chat, mail or web address, through apprise (the extra `trailtrace[notify]`)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from trailtrace.errors import TrailtraceError, UsageError

if TYPE_CHECKING:
    from apprise import Apprise


def check_notify(url: str) -> None:
    """Raises UsageError unless apprise is installed and knows where the URL leads; sends nothing.

    A URL holds passwords and tokens: no message shows more of it than its scheme.
    """
    _service(url)


def notify(url: str, title: str, text: str) -> None:
    """Sends one message. Raises UsageError as `check_notify`, TrailtraceError where it does not arrive."""
    service = _service(url)
    if not service.notify(title=title, body=text, body_format="text"):
        raise TrailtraceError(
            f"--notify {_scheme(url)}://…: the message was not taken: check the address and its token"
        )


def _service(url: str) -> Apprise:
    try:
        from apprise import Apprise
    except ImportError:
        raise UsageError("--notify needs apprise: pip install 'trailtrace[notify]'") from None
    logging.getLogger("apprise").disabled = True  # its lines would show the URL
    service = Apprise()
    if not service.add(url):
        raise UsageError(
            f"--notify {_scheme(url)}://…: no address that apprise knows: see docs/scheduling.md for examples"
        )
    return service


def _scheme(url: str) -> str:
    scheme, separator, _ = url.partition("://")
    return scheme if separator and scheme.isalnum() else "?"
