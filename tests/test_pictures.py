"""Chains as pictures: what is drawn, that log text is never syntax, and that Graphviz never sees it."""

import sys
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from case_records import CaseRecords
from conftest import Run, trail
from make_pictures import PICTURE, chain_svg
from pygraphviz import AGraph

import trailtrace
from trailtrace.model import Answers
from trailtrace.render import filled
from trailtrace.render.graph import Edge, Graph, Node, NodeKind
from trailtrace.render.graph.answers import NODE_LIMIT, answers_graph
from trailtrace.render.graph.dot import dot_text
from trailtrace.render.graph.layout import drawing_of
from trailtrace.render.graph.mermaid import mermaid_text
from trailtrace.render.graph.svg import svg_text

SAMPLES = str(Path(__file__).parent.parent / "sample_logs" / "AWSLogs")
CASES = Path(__file__).parent / "cases"
CHAIN = "ASIA3KF6UTOHSVAMMEK6"
SVG = "{http://www.w3.org/2000/svg}"

HOSTILE = '"]; end </text></svg><script>alert(1)</script> & &quot; \\N \\" --> | ` {{7*7}} ${x} \x1b\u202e'
GRAPH = Graph(
    title=HOSTILE,
    about=HOSTILE,
    nodes=(
        Node("n1", NodeKind.ORIGIN, "IAM user", HOSTILE, (HOSTILE,), account=HOSTILE),
        Node("n2", NodeKind.SESSION, "session", "x" * 2000, (), account="2", mark=HOSTILE, link='"><b>'),
    ),
    edges=(Edge("n1", "n2", (HOSTILE,)), Edge("n1", "n2", ("again",), sure=False)),
    left_out=3,
    warnings=(HOSTILE, "y" * 2000),
)


@pytest.fixture(scope="module")
def samples() -> Answers:
    with trailtrace.from_logs([SAMPLES]) as logs:
        return logs.who_did(CHAIN)


def answers_of(folder: Path, lines: list[Any], target: str) -> Answers:
    case = CaseRecords(lines)
    (folder / "log.json").write_bytes(trail(case.records))
    with trailtrace.from_logs([str(folder / "log.json")]) as logs:
        return logs.who_did(case.resolve(target))


def test_a_chain_runs_from_its_origin_to_what_was_asked_for(samples: Answers) -> None:
    graph = answers_graph(samples)
    assert [(node.kind, node.what, node.name, node.account) for node in graph.nodes] == [
        (NodeKind.ORIGIN, "EC2 instance", "i-068f37b14ff77c2d5", "444455556666"),
        (NodeKind.SESSION, "session", "SongIngestInstance", "444455556666"),
        (NodeKind.SESSION, "asked for", CHAIN, "777788889999"),
    ]
    assert [(edge.source, edge.target) for edge in graph.edges] == [("n1", "n2"), ("n2", "n3")]
    assert [edge.lines for edge in graph.edges] == [
        ("AssumeRole · L03 proof", "2026-05-05 13:42:12Z", "c497196a-58be-45db-8234-e6c31cae18db"),
        ("AssumeRole · L01 proof", "2026-05-05 15:05:02Z", "7a80c2c4-4514-4333-b5fd-f7d7ff9cc814"),
    ]
    assert all(edge.sure for edge in graph.edges)


def test_candidates_are_drawn_as_only_possible(tmp_path: Path) -> None:
    case = yaml.safe_load((CASES / "c25_two_people_one_session_name.yml").read_text())
    answers = answers_of(tmp_path, case["records"], case["expect"][0]["target"])
    assert answers.answers[0].candidates
    graph = answers_graph(answers)
    assert len([node for node in graph.nodes if node.kind is NodeKind.ORIGIN]) == 2
    assert graph.edges and not any(edge.sure for edge in graph.edges)


def test_two_keys_of_one_origin_are_not_drawn_as_one(tmp_path: Path) -> None:
    lines = ["09:00 user/alice assumes role/A as a -> K1", "09:01 K1 calls s3 GetObject"]
    lines += ["10:30 user/alice assumes role/A as a -> K2", "10:31 K2 calls s3 GetObject"]
    case = CaseRecords(lines)
    key = case.resolve("<key user/alice>")
    for record in case.records:
        if record["eventTime"].endswith("10:30:00Z"):
            record["userIdentity"]["accessKeyId"] = f"{key[:-3]}ABC"
    (tmp_path / "log.json").write_bytes(trail(case.records))
    with trailtrace.from_logs([str(tmp_path / "log.json")]) as logs:
        both = answers_graph(logs.who_did(case.resolve("<arn role/A as a>")))
        one = answers_graph(logs.who_did(case.resolve("<key K1>")))
    assert [f"with {key}" in graph.nodes[0].lines for graph in (both, one)] == [False, True]
    assert {edge.source for edge in both.edges} == {both.nodes[0].id}


def test_a_chain_that_ends_nowhere_says_so(tmp_path: Path) -> None:
    lines = ["09:00 user/alice assumes role/A as a -> K1", "09:01 K1 calls s3 GetObject"]
    case = CaseRecords(lines)
    (tmp_path / "log.json").write_bytes(trail(case.records[1:]))
    with trailtrace.from_logs([str(tmp_path / "log.json")]) as logs:
        answers = logs.who_did(case.resolve("<key K1>"))
    [unknown, asked] = answers_graph(answers).nodes
    assert (unknown.kind, unknown.name) == (NodeKind.UNKNOWN, "unknown")
    assert unknown.lines == ("no event in these logs issued this credential",)
    assert asked.mark == "asked for"


def test_a_picture_is_bounded_and_says_what_is_left_out(tmp_path: Path) -> None:
    lines = [f"09:{n // 60:02d}:{n % 60:02d} user/alice assumes role/R as s{n} -> S{n}" for n in range(70)]
    lines += [f"10:00 S{n} calls s3 ListBuckets" for n in range(70)]
    answers = answers_of(tmp_path, lines, "<id role/R>")
    graph = answers_graph(answers)
    assert (len(graph.nodes), graph.left_out) == (NODE_LIMIT, 71 - NODE_LIMIT)
    assert "11 more are left out of the picture" in svg_text(graph)
    assert answers_graph(answers, 10).left_out == 60
    assert answers_graph(answers, everything=True).left_out == 0


def test_warnings_stand_in_every_picture(tmp_path: Path) -> None:
    case = yaml.safe_load((CASES / "c10_recycled_key.yml").read_text())
    answers = answers_of(tmp_path, case["records"], case["expect"][0]["target"])
    told = {warning.text for answer in answers.answers for warning in answer.warnings}
    assert told
    graph = answers_graph(answers)
    assert all(any(text in warning for warning in graph.warnings) for text in told)
    drawn = ElementTree.fromstring(svg_text(graph))  # noqa: S314  # it is our own
    [group] = (element for element in drawn if element.get("class") == "warnings")
    words = [f"Warning: {warning}" for warning in graph.warnings]
    assert "".join("".join(group.itertext()).split()) == "".join("".join(words).split())
    assert "".join(mermaid_text(graph)).count('["Warning:') == len(words)
    dot = AGraph("".join(dot_text(graph)))
    assert all(word in dot.graph_attr["label"] for word in words)


def test_the_picture_of_the_documentation_says_what_the_program_says() -> None:
    shown, drawn = (ElementTree.fromstring(text) for text in (PICTURE.read_text(), chain_svg()))  # noqa: S314
    assert list(shown.itertext()) == list(drawn.itertext())  # where it says it is the library's affair


def test_hostile_text_is_text_in_svg() -> None:
    root = ElementTree.fromstring(svg_text(GRAPH))  # noqa: S314  # it is our own
    assert {element.tag.removeprefix(SVG) for element in root.iter()} == {
        *("svg", "title", "desc", "style", "rect", "g", "path", "polygon", "text")
    }
    assert root.findtext(f"{SVG}title") == HOSTILE.replace("\x1b", "\\x1b").replace("\u202e", "\\u202e")
    assert all(
        not name.startswith("on") and "javascript" not in value
        for element in root.iter()
        for name, value in element.attrib.items()
    )
    assert root.attrib["role"] == "group"
    assert len("".join(root.itertext())) < 6000


def test_hostile_text_is_text_in_dot() -> None:
    read = AGraph(string="".join(dot_text(GRAPH)))
    assert sorted(map(str, read.nodes())) == ["n1", "n2"]
    shown = HOSTILE.replace("&", "&amp;").replace("\\", "\\\\")
    assert read.get_node("n1").attr["label"] == f"IAM user\\n{shown}\\n{shown}".replace('\\\\"', '\\\\"')


def test_hostile_text_is_text_in_mermaid() -> None:
    lines = "".join(mermaid_text(GRAPH)).splitlines()
    assert all(line.count('"') in (0, 2) for line in lines)
    assert not any("<script" in line or "\x1b" in line for line in lines)
    assert len(lines) == 13


def test_graphviz_sees_no_text_of_logs(samples: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    laid_out = AGraph.layout

    def layout(self: AGraph, *args: Any, **options: Any) -> None:
        seen.append(self.to_string())
        laid_out(self, *args, **options)

    monkeypatch.setattr(AGraph, "layout", layout)
    drawing_of(answers_graph(samples))
    drawing_of(GRAPH)
    assert len(seen) == 2
    for text in ("ASIA", "Song", "444455556666", "script", "alert"):
        assert not any(text in graph for graph in seen), text


def test_boxes_do_not_overlap_and_hold_their_text(samples: Answers) -> None:
    drawing = drawing_of(answers_graph(samples))
    boxes = drawing.boxes
    for box in boxes:
        assert box.x >= 0 and box.x + box.width <= drawing.width
        assert box.y >= 0 and box.y + box.height <= drawing.height
        for text in box.texts:
            assert box.x < text.x < box.x + box.width and box.y < text.y < box.y + box.height
    for above, below in pairwise(boxes):
        assert above.y + above.height < below.y


@pytest.mark.parametrize(
    ("command", "format", "module"),
    [("who-did", "html", "jinja2"), ("what-did", "svg", "jinja2"), ("what-did", "html", "pygraphviz")],
)
def test_without_the_extra_it_says_how_to_install_it(
    command: str, format: str, module: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled._environment.cache_clear()
    monkeypatch.setitem(sys.modules, module, None)
    outcome = run([command, CHAIN, "--logs", SAMPLES, "--format", format])
    filled._environment.cache_clear()
    assert (outcome.code, outcome.stdout) == (1, "")
    assert outcome.stderr.splitlines() == [
        f"trailtrace: error: {module} is not installed: run pip install 'trailtrace[html]'"
    ]


@pytest.mark.parametrize("format", ["html", "svg", "mermaid", "dot"])
def test_pictures_are_of_a_target(format: str, run: Run) -> None:
    outcome = run(["who-did", "--call", "GetObject", "--logs", SAMPLES, "--format", format])
    assert (outcome.code, outcome.stdout) == (2, "")
    assert "it is for a TARGET" in outcome.stderr


def test_a_page_is_the_same_each_time_and_states_what_it_may_do(run: Run) -> None:
    arguments = ["what-did", "AKIARTX3GSDS5XVHCRKW", "--logs", SAMPLES, "--now", "2026-05-07T00:00:00Z"]
    first = run([*arguments, "--format", "html"]).stdout
    assert first == run([*arguments, "--format", "html"]).stdout
    assert "default-src &#39;none&#39;" in first
    assert "<script" not in first and "http://" not in first and "https://" not in first
    assert datetime.now().strftime("%Y-%m-%d") not in first
