"""Fills the templates of `templates/`.

Every text that a template writes is made visible and escaped here, whether or not the template's author
thought of it; a value that is missing is an error.
"""

import base64
import hashlib
import shlex
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from trailtrace.errors import extra
from trailtrace.model import Grade
from trailtrace.render.origins import STOP_TEXT, kind_text
from trailtrace.render.places import time_text
from trailtrace.render.visible import visible
from trailtrace.version import __version__

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parent / "templates"

TEXT_LIMIT = 600
"""Longer texts are cut, and say so."""

MEANINGS = {
    Grade.PROOF: "The records leave no other reading.",
    Grade.STRONG: "A service vouches for it, or two independent fields agree; one thing is taken on trust,"
    " and the step says which.",
    Grade.PROBABLE: "One field and the time agree; another reading is possible. Do not act on this alone.",
    Grade.WEAK: "The records contradict each other, or several answers fit equally well. This is a lead, not"
    " an answer.",
    Grade.NONE: "Nothing is claimed: these logs do not tell.",
}
"""What a grade means to somebody who must decide."""


class Picture:
    """An SVG image to be shown as one, apart from the page: nothing in it can run or be fetched."""

    def __init__(self, svg: str) -> None:
        self._data = base64.b64encode(svg.encode()).decode("ascii")

    def __str__(self) -> str:
        return f"data:image/svg+xml;base64,{self._data}"


def check_drawing() -> None:
    """Raises MissingExtraError unless pages and pictures can be made here; imports nothing."""
    for module in ("jinja2", "pygraphviz", "vl_convert"):
        with extra("html"):
            if find_spec(module) is None:
                raise ModuleNotFoundError(name=module)


def filled(template: str, **values: object) -> str:
    """The text of a template with its values. Raises MissingExtraError without the extra `html`."""
    return _environment().get_template(template).render(values)


def page(template: str, **values: object) -> str:
    """An HTML page, which says itself that nothing may run or be fetched."""
    style = filled("page.css") + filled("graph.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    return filled(
        template,
        policy=policy,
        version=__version__,
        meanings=MEANINGS,
        grade_meanings=list(MEANINGS.items()),
        stops=STOP_TEXT,
        **values,
    )


def _shown(value: object) -> object:
    """What a template may write of a value: all log text passes here."""
    return visible(value, TEXT_LIMIT) if type(value) is str else value


@cache
def _environment() -> "Environment":
    with extra("html"):
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        count=lambda number: f"{number:,}", cut=visible, kind=kind_text, shell=shlex.join, time=time_text
    )
    return environment
