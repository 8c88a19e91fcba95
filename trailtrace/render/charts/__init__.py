"""Charts: Vega-Lite specifications beside this file, drawn as static SVG, dark or light as a reader likes.

Vega sees numbers and row numbers only. Labels are put into what it has drawn, by an XML library, so that
no text of a log reaches it: a control character alone would end the process.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from rich.cells import cell_len, set_cell_size

from trailtrace.errors import extra
from trailtrace.render.filled import Picture
from trailtrace.render.visible import visible

Row = Mapping[str, object]

SVG = "http://www.w3.org/2000/svg"

WIDE = (300, 640)
NARROW = (128, 200)
"""Pixels for the labels, and for the chart, on a page and on a telephone."""

CELL = 6.4
"""Pixels of a character of a label, at most on average."""

DARK = {
    "#1f2328": "#e6edf3",
    "#57606a": "#9ea7b1",
    "#d0d7de": "#3d444d",
    "#0550ae": "#6cb6ff",
    "#9ec5fe": "#2f5a94",
    "#b3261e": "#ff8d85",
    "#d4a72c": "#9e7a1c",
    "#116329": "#56d364",
    "#4c9a5f": "#2f8f4e",
    "#b08800": "#e3b341",
    "#c2570c": "#ffa657",
    "#ffffff": "#0d1117",
    "#fffffe": "#0d1117",
}
"""The colours of the specifications on a dark page."""

_CONFIG: dict[str, object] = {
    "aria": False,  # an image has one description, not one for each bar
    "background": None,
    "font": "Liberation Sans, Arial, Helvetica, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "domainColor": "#d0d7de",
        "gridColor": "#d0d7de",
        "tickColor": "#d0d7de",
        "labelColor": "#57606a",
        "titleColor": "#57606a",
        "titleFontWeight": "normal",
        "labelFontSize": 12,
        "titleFontSize": 12,
    },
}

_LEGEND: dict[str, object] = {
    "orient": "top",
    "title": None,
    "labelColor": "#1f2328",
    "labelFontSize": 12,
    "labelLimit": 0,
    "symbolType": "square",
}


_TIMES = {
    "milliseconds": "%H:%M:%S",
    "seconds": "%H:%M:%S",
    "minutes": "%H:%M",
    "hours": "%H:%M",
    "day": "%d %b",
    "date": "%d %b",
    "week": "%d %b",
    "month": "%b %Y",
    "quarter": "%b %Y",
    "year": "%Y",
}
"""How a time is written on an axis, by its least part that is not zero."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart in two widths."""

    wide: Picture
    narrow: Picture
    about: str
    """What it shows, for who does not see it."""


def chart(name: str, labels: Sequence[str], rows: Sequence[Row], about: str) -> Chart:
    """The chart of `<name>.json`. A row names its label by its number as `row`, `0` for the first.

    Raises MissingExtraError without the extra `html`.
    """
    wide, narrow = (Picture(_drawn(name, labels, rows, *size)) for size in (WIDE, NARROW))
    return Chart(wide, narrow, about)


def _drawn(name: str, labels: Sequence[str], rows: Sequence[Row], label_width: int, width: int) -> str:
    with extra("html"):
        import vl_convert
    spec = json.loads((Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8"))
    spec["data"] = {"values": [{**row, "row": _placeholder(row["row"])} for row in rows]}
    spec["width"] = width
    axis = {
        "minExtent": label_width,
        "maxExtent": label_width,
        "labelAlign": "left",
        "labelPadding": label_width - 4,
        "labelLimit": 0,
        "labelColor": "#1f2328",
        "ticks": False,
        "domain": False,
        "grid": False,
    }
    time = {"tickCount": 3 if width == NARROW[1] else 7, "grid": False, "title": None, "format": _TIMES}
    legend = {**_LEGEND, "columns": 2 if width == NARROW[1] else 0}
    spec["config"] = {**_CONFIG, "axisY": axis, "axisTemporal": time, "legend": legend}
    root = ElementTree.fromstring(  # noqa: S314  # no text of logs is in it
        vl_convert.vegalite_to_svg(spec, vl_version="5.20", allowed_base_urls=[])
    )
    cells = int((label_width - 14) / CELL)
    names = {_placeholder(number): _cut(label, cells) for number, label in enumerate(labels)}
    for text in root.iter(f"{{{SVG}}}text"):
        if text.text in names:
            text.text = names[text.text]
    style = ElementTree.Element(f"{{{SVG}}}style")
    style.text = _style()
    root.insert(0, style)
    ElementTree.register_namespace("", SVG)
    return ElementTree.tostring(root, encoding="unicode")


def _placeholder(number: object) -> str:
    return f"row {number}"


def _cut(label: str, cells: int) -> str:
    shown = visible(label)
    return shown if cell_len(shown) <= cells else set_cell_size(shown, cells - 1).rstrip() + "…"


def _style() -> str:
    dark = "".join(
        f'[fill="{light}"]{{fill:{dark}}}[stroke="{light}"]{{stroke:{dark}}}' for light, dark in DARK.items()
    )
    return f"text{{unicode-bidi:isolate-override}}@media (prefers-color-scheme:dark){{{dark}}}"
