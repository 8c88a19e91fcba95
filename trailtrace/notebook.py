"""How a value shows itself in a notebook. What it looks like is registered by `render/html.py`."""

from functools import singledispatch
from html import escape


@singledispatch
def html_of(value: object) -> str:
    """The HTML of a value; text of logs in it is escaped."""
    return f"<pre>{escape(repr(value))}</pre>"


class Shown:
    """A value that a notebook shows as HTML."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return html_of(self)
