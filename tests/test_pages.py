"""Pages in a real Chromium: nothing runs, nothing is fetched, and everybody can read them.

Every text of a real report and of real answers is replaced by text that attacks.
"""

import base64
import json
import re
import sys
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import vl_convert
from axe_playwright_python.sync_playwright import Axe
from browser import DESKTOP, PHONE, browser, opened
from playwright.sync_api import Browser

import trailtrace
from trailtrace.errors import MissingExtraError
from trailtrace.finding import Confidence, Finding, Severity, Subject
from trailtrace.model import Answers, Grade, Origin, Stop
from trailtrace.render import filled
from trailtrace.render.chain_html import answers_html, scope_html
from trailtrace.render.report_charts import activity_chart
from trailtrace.render.report_html import SIZE_LIMIT, report_html
from trailtrace.report import FINDINGS, Report, ReportedFinding, Source
from trailtrace.scope import Scope

__all__ = ["browser"]

SAMPLES = str(Path(__file__).parent.parent / "sample_logs" / "AWSLogs")
NOW = datetime(2026, 5, 11)
SINCE = datetime(2026, 5, 6)

ATTACKS = (
    "<script>window.ran=1;alert(1)</script>",
    '"><img src=x onerror="window.ran=1;alert(2)">',
    "' onmouseover='window.ran=1' autofocus onfocus='window.ran=1",
    "javascript:window.ran=1",
    "</style></title></svg><iframe src=https://evil.example/></iframe>",
    "]]><svg onload=alert(3)>&lt;script&gt;",
    "{{ 7*7 }}{% raw %}${7*7}",
    "a\x00b\x1b[2J\u202egnp.exe\u2066\u200b\ufeff\ud800\uffff",
    "https://evil.example/track.png?@import url(//evil.example)",
    "é\u0301\u0301 名前 ← שלום",
    "x" * 5000,
)

Page = Callable[[], str]


def attacked(value: Any, count: list[int]) -> Any:
    """The same value with every text in it replaced by one of the attacks, in turn."""
    if isinstance(value, Source):
        return value  # names a file of ours
    if type(value) is str:
        count[0] += 1
        return f"{count[0]} {ATTACKS[count[0] % len(ATTACKS)]}"
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value, **{part.name: attacked(getattr(value, part.name), count) for part in fields(value)}
        )
    if isinstance(value, list):
        return [attacked(item, count) for item in value]
    if isinstance(value, tuple):
        return tuple(attacked(item, count) for item in value)
    return value


def finding(number: int, name: str = "used-after-expiry") -> ReportedFinding:
    severity = list(Severity)[number % 5]
    origin = Origin("iam_user", f"AIDA{number}", f"arn:aws:iam::1:user/u{number}", "1", f"u{number}")
    subject = Subject(
        f"use{number}", f"ASIA{number}", "arn:aws:sts::1:x", origin, Grade.PROBABLE, Stop.ORIGIN
    )
    ids = tuple(f"00000000-0000-0000-0000-{number:06}{n:06}" for n in range(20))
    found = Finding(
        f"{number:016x}", name, "A title", severity, Confidence.LOW, "It happened " * 40, "1", subject,
        SINCE, NOW, 25, ids, (),
    )  # fmt: skip
    return ReportedFinding(found, (), 0, True, None)


@pytest.fixture(scope="module")
def report() -> Report:
    with trailtrace.from_logs([SAMPLES]) as logs:
        made = logs.report(SINCE, NOW, now=NOW)
    added = tuple(replace(finding(n), chain=made.sessions[0].chain, hops=9) for n in range(6))
    return replace(made, findings=(*made.findings, *added), finding_count=made.finding_count + 6)


@pytest.fixture(scope="module")
def answers() -> Answers:
    with trailtrace.from_logs([SAMPLES]) as logs:
        return logs.who_did("ASIA3KF6UTOHSVAMMEK6")


@pytest.fixture(scope="module")
def scope() -> Scope:
    with trailtrace.from_logs([SAMPLES]) as logs:
        return logs.what_did("AKIARTX3GSDS5XVHCRKW", now=datetime(2026, 5, 7))


@pytest.fixture(scope="module")
def written(
    report: Report, answers: Answers, scope: Scope, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    """Writes a page once: `report`, `who-did`, `what-did`, each as it is or `attacked`."""
    folder = tmp_path_factory.mktemp("pages")
    pages: dict[str, Page] = {
        "report": lambda: report_html(report),
        "attacked report": lambda: report_html(attacked(report, [0])),
        "who-did": lambda: answers_html(answers),
        "attacked who-did": lambda: answers_html(attacked(answers, [0])),
        "what-did": lambda: scope_html(scope, everything=False),
        "attacked what-did": lambda: scope_html(attacked(scope, [0]), everything=False),
    }

    def write(name: str) -> Path:
        path = folder / f"{name.replace(' ', '-')}.html"
        if not path.exists():
            path.write_bytes(pages[name]().encode())
        return path

    return write


PAGES = ("report", "attacked report", "who-did", "attacked who-did", "what-did", "attacked what-did")


@pytest.mark.parametrize("name", PAGES)
def test_nothing_runs_and_nothing_is_fetched(
    name: str, written: Callable[[str], Path], browser: Browser
) -> None:
    found = opened(browser, written(name))
    page = found.page
    page.mouse.move(300, 300)
    assert page.evaluate("window.ran") is None
    assert (found.fetched, found.dialogs, found.complaints) == ([], [], [])
    assert page.locator("script, iframe, object, embed, form, link, base").count() == 0
    odd = (
        "[...document.querySelectorAll('*')].flatMap(e => [...e.attributes]).filter(a => /^on/i.test(a.name))"
    )
    assert page.evaluate(f"{odd}.length") == 0
    images = "[...document.images].map(image => [image.naturalWidth > 0, image.currentSrc.slice(0, 19)])"
    for drawn, address in page.evaluate(images):
        assert (drawn, address) == (True, "data:image/svg+xml;")
    page.context.close()


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_to_a_place_of_the_page(
    name: str, written: Callable[[str], Path], browser: Browser
) -> None:
    page = opened(browser, written(name)).page
    links = page.evaluate("[...document.querySelectorAll('[href]')].map(a => a.getAttribute('href'))")
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    assert links
    assert {link for link in links if not link.startswith("#") or link[1:] not in ids} == set()
    page.context.close()


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "dark"), (DESKTOP, "light")], ids=["phone", "desktop"])
@pytest.mark.parametrize("name", PAGES)
def test_everybody_can_read_it(
    name: str, scheme: str, size: tuple[int, int], written: Callable[[str], Path], browser: Browser
) -> None:
    page = opened(browser, written(name), size, scheme).page
    bad = [
        (fault["id"], [node["html"][:200] for node in fault["nodes"][:3]])
        for fault in Axe().run(page).response["violations"]
        if fault["impact"] in ("serious", "critical")
    ]
    assert bad == []
    # A telephone scrolls up and down, not sideways.
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    page.context.close()


def test_it_can_be_read_without_scripts(written: Callable[[str], Path], browser: Browser) -> None:
    page = opened(browser, written("report"), scripts=False).page
    assert page.locator("h2").count() == 10
    assert "Who acted" in page.locator("main").inner_text()
    page.context.close()


def test_the_keyboard_reaches_everything(written: Callable[[str], Path], browser: Browser) -> None:
    page = opened(browser, written("report")).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.tagName"))
    assert "A" in reached and "BODY" not in reached
    page.context.close()


def test_a_finding_can_be_linked(report: Report, written: Callable[[str], Path], browser: Browser) -> None:
    page = opened(browser, written("report")).page
    for reported in report.findings:
        assert page.locator(f"article#finding-{reported.finding.id}").count() == 1
        for event_id in reported.finding.event_ids:
            assert page.locator(f"#finding-{reported.finding.id} code", has_text=event_id).count() == 1
    style = "getComputedStyle(document.querySelector('article code.id')).userSelect"
    assert page.evaluate(style) == "all"
    page.context.close()


def test_it_can_be_printed(written: Callable[[str], Path], browser: Browser) -> None:
    page = opened(browser, written("report"), scheme="dark").page
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert not page.locator("nav.contents").is_visible()
    assert page.locator("section[aria-labelledby=made] details table").is_visible()
    assert not page.locator("details.statement pre").first.is_visible()  # pages of SQL help nobody on paper
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.context.close()


def test_a_report_is_bounded_and_counts_what_it_leaves_out(report: Report) -> None:
    many = tuple(finding(number) for number in range(FINDINGS))
    text = report_html(replace(report, findings=many, finding_count=50_000))
    assert len(text.encode()) <= SIZE_LIMIT
    shown = len(re.findall(r'id="finding-', text))
    assert shown > 100
    assert f"{50_000 - shown:,} more findings are not on this page" in text


def test_a_report_that_is_attacked_is_bounded_too(report: Report) -> None:
    many = tuple(finding(number) for number in range(FINDINGS))
    long = attacked(replace(report, findings=many), [0])
    assert len(report_html(long).encode()) <= SIZE_LIMIT


def test_a_report_of_nothing_says_so(tmp_path: Path) -> None:
    with trailtrace.from_logs([SAMPLES]) as logs:
        made = logs.report(datetime(2026, 6, 1), datetime(2026, 6, 2), now=datetime(2026, 6, 2))
    text = report_html(made)
    assert made.summary[0] in text
    assert "Nobody, as far as these logs tell" in text
    assert "No role was taken, as far as these logs tell" in text


def test_vega_sees_no_text_of_logs(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    # A control character in a label would end the process.
    seen: list[str] = []
    convert = vl_convert.vegalite_to_svg

    def vegalite_to_svg(spec: dict[str, Any], **options: Any) -> str:
        seen.append(json.dumps(spec))
        assert options["allowed_base_urls"] == []
        return convert(spec, **options)

    monkeypatch.setattr(vl_convert, "vegalite_to_svg", vegalite_to_svg)
    report_html(attacked(report, [0]))
    assert len(seen) == 6  # three charts in two widths
    for text in ("script", "alert", "evil", "window", "xxxx", "\\u202e"):
        assert not any(text in spec for spec in seen), text


def test_a_chart_has_its_labels_and_nothing_that_acts(report: Report) -> None:
    drawn = activity_chart(attacked(report, [0]))
    assert drawn is not None
    root = ElementTree.fromstring(base64.b64decode(str(drawn.wide).partition(",")[2]))  # noqa: S314
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert names <= {"svg", "style", "g", "path", "rect", "line", "text", "defs", "clipPath"}
    texts = [element.text or "" for element in root.iter() if element.tag.endswith("}text")]
    assert any("<script>" in text for text in texts)
    assert not any(re.fullmatch(r"row \d+", text) for text in texts)
    assert max(map(len, texts)) < 60


@pytest.mark.parametrize("module", ["jinja2", "pygraphviz", "vl_convert"])
def test_without_the_extra_a_report_says_how_to_install_it(
    module: str, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled._environment.cache_clear()
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(
        MissingExtraError, match=f"^{module} is not installed: run pip install 'trailtrace.html.'$"
    ):
        report_html(report)
    filled._environment.cache_clear()


def test_the_same_report_gives_the_same_page(report: Report) -> None:
    assert report_html(report) == report_html(report)
