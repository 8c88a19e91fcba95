"""A report as one page for a person: first what it comes to, then the findings, then all else."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from trailtrace.detections import detection, detection_names
from trailtrace.finding import Finding
from trailtrace.library import statement
from trailtrace.model import Grade, Origin
from trailtrace.render.filled import page
from trailtrace.render.graph.layout import drawing_of
from trailtrace.render.graph.roles import anchor, roles_graph
from trailtrace.render.report_charts import activity_chart, coverage_chart, timeline_chart
from trailtrace.render.report_words import ACCEPTED_BEFORE, tuned_text
from trailtrace.render.style import is_weaker
from trailtrace.report import Report

SIZE_LIMIT = 2_000_000
"""Bytes of a page, whatever the logs hold: longer lists are cut further until it fits."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many rows each part has; what is left out is counted, and the JSON has it."""

    findings: int = 120
    """With all there is to say; those after them have one row each."""
    listed: int = 500
    origins: int = 100
    pairs: int = 100
    edges: int = 60
    sessions: int = 60
    gaps: int = 60
    files: int = 40

    def half(self) -> "Limits":
        return Limits(*(max(getattr(self, name) // 2, 1) for name in self.__slots__))


def report_html(report: Report) -> str:
    """The page. Raises MissingExtraError without the extra `html`."""
    graph = roles_graph(report)
    pictures: dict[str, object] = {
        "graph": graph,
        "drawing": drawing_of(graph) if graph.nodes else None,
        "activity": activity_chart(report),
        "timeline": timeline_chart(report),
        "coverage": coverage_chart(report.coverage),
    }
    limits = Limits()
    text = _page(report, limits, pictures)
    while len(text.encode()) > SIZE_LIMIT and limits.findings > 1:
        limits = limits.half()
        text = _page(report, limits, pictures)
    return text


def _page(report: Report, limits: Limits, pictures: Mapping[str, object]) -> str:
    names = list(dict.fromkeys(item.finding.name for item in report.findings))
    known = set(detection_names())
    return page(
        "report.html",
        report=report,
        limits=limits,
        detections={name: detection(name) for name in names if name in known},
        queries=_queries(report, [name for name in names if name in known]),
        accused=_accused(report),
        accepted_before=ACCEPTED_BEFORE,
        tuned_text=tuned_text,
        below_strong=_below_strong(report),
        names={account.account_id: account.name for account in report.accounts if account.name},
        labels={address.address: address.label for address in report.addresses if address.label},
        anchor=anchor,
        links={anchor(item.origin) for item in report.activity[: limits.origins]},
        **pictures,
    )


def _queries(report: Report, names: list[str]) -> list[tuple[str, str]]:
    """The files of `queries/` behind the numbers, and their text."""
    paths = dict.fromkeys([*(source.query for source in report.sources), *(f"findings/{n}" for n in names)])
    return [(path, statement(path)) for path in paths]


@dataclass(frozen=True, slots=True)
class Accused:
    """An origin that findings are about."""

    origin: Origin
    findings: int
    worst: Finding
    grade: Grade
    """The least of the credentials'."""


def _accused(report: Report) -> list[Accused]:
    """In the order of their worst findings."""
    found: dict[str, Accused] = {}
    for reported in report.findings:
        finding = reported.finding
        if finding.subject is None:
            continue
        origin, grade = finding.subject.origin, finding.subject.grade
        known = found.get(anchor(origin), Accused(origin, 0, finding, grade))
        least = grade if is_weaker(grade, known.grade) else known.grade
        found[anchor(origin)] = replace(known, findings=known.findings + 1, grade=least)
    return list(found.values())


def _below_strong(report: Report) -> int:
    """Calls whose origin is a lead, not an answer."""
    grades: Counter[Grade] = Counter()
    for item in report.activity:
        grades.update(dict(item.grades))
    return grades[Grade.PROBABLE] + grades[Grade.WEAK]
