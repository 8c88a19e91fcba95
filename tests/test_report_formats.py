"""What a report is written as: Markdown, CSV and SARIF in which nothing of a log does anything."""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from case_records import CaseRecords, Record
from conftest import changed, trail
from report_cases import LINES, only

import trailtrace
from trailtrace.finding import Severity
from trailtrace.names import Account, Relation
from trailtrace.render.report_csv import report_csv
from trailtrace.render.report_json import report_json
from trailtrace.render.report_md import code, report_md, sentence
from trailtrace.render.report_sarif import LEVELS, SCORES, report_sarif
from trailtrace.report import Report
from trailtrace.settings import Settings

NOW = datetime(2026, 5, 3)
SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif_2_1_0.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

HOSTILE = (
    "=HYPERLINK(1)|`x` ``` <script>alert(1)</script> ![i](http://evil.example/i) [l](javascript:1)"
    " www.evil.example https://evil.example a@evil.example @team #1 **b** ~~s~~ _u_ &lt; \\"
    " \x1b[2J \u202e \n# h"
)


def with_names() -> Settings:
    account = Account("111111111111", "Home | <b>", Relation.OURS)
    return Settings(accounts=(account,), detections=only().detections)


def hostile_records() -> list[Record]:
    """The case, with hostile text wherever a caller can put some."""
    records = CaseRecords(LINES).records
    names = ("userAgent", "sourceIPAddress", "errorMessage", "userIdentity.userName", "userIdentity.arn")
    for name in names:
        records = [changed(record, name, HOSTILE) for record in records]
    return records


@pytest.fixture(scope="module", params=["plain", "hostile"])
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Report]:
    records = CaseRecords(LINES).records if request.param == "plain" else hostile_records()
    name = "log.json" if request.param == "plain" else "`log|<b>@team\n.json"
    path = tmp_path_factory.mktemp("logs") / name
    path.write_bytes(trail(records))
    with trailtrace.from_logs([str(path)]) as investigation:
        yield investigation.report(now=NOW, settings=with_names())


def outside_code(line: str) -> str:
    """A line of Markdown without its code spans, in which nothing is interpreted."""
    return re.sub(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", "", line)


def test_markdown_interprets_nothing_of_a_log(report: Report) -> None:
    for line in report_md(report).splitlines():
        outside = outside_code(line)
        assert not re.search(r"[<>\[\]!\\@~]|://|www\.|javascript", outside), line
        assert "`" not in outside, line
        assert all(character.isprintable() for character in line)


def test_a_table_has_as_many_cells_in_each_row_as_in_its_head(report: Report) -> None:
    columns = 0
    rows = 0
    for line in report_md(report).splitlines():
        cells = len(re.findall(r"(?<!\\)\|", line)) - 1
        if not line.startswith("|"):
            columns = 0
        elif not columns:
            columns = cells
        else:
            assert cells == columns, line
            rows += 1
    assert rows > 10


def test_account_names_stand_beside_their_numbers(report: Report) -> None:
    assert "`Home \\| <b> (111111111111)`" in report_md(report)
    assert '"Home | <b>"' in report_json(report)
    [row] = csv.DictReader(io.StringIO("".join(report_csv(report))))
    assert (row["account_id"], row["account_name"]) == ("111111111111", "Home | <b>")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (None, "-"),
        ("", "-"),
        ("a", "`a`"),
        ("a|b", "`a\\|b`"),
        ("`", "`` ` ``"),
        ("a``b", "```a``b```"),
        ("\x1b\n", "`\\x1b\\n`"),
    ],
)
def test_a_code_span_holds_any_text(text: str | None, shown: str) -> None:
    assert code(text) == shown


def test_a_sentence_keeps_its_plain_words() -> None:
    text = "New since 2026-05-02T00:00:00Z: 1,234 calls (99.6 %) by a@b.c, at www.x.y: see x://y."
    assert sentence(text) == (
        "New since 2026-05-02T00:00:00Z: 1,234 calls `(99.6` `%)` by `a@b.c`, at `www.x.y`: see `x://y`."
    )


def test_csv_has_a_row_a_finding_and_no_formula(report: Report) -> None:
    text = "".join(report_csv(report))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == report.finding_count == 1
    assert rows[0]["finding"] == "used-after-expiry"
    for value in rows[0].values():
        assert not value.startswith(("=", "+", "-", "@"))
    assert text.count("'=HYPERLINK") == ("=HYPERLINK" in report_json(report)) * text.count(
        "=HYPERLINK(1)|`x`"
    )


def test_csv_has_no_control_characters(report: Report) -> None:
    text = "".join(report_csv(report))
    assert "\x1b" not in text and "\u202e" not in text
    assert ("\\x1b" in text) == ("\x1b" in report.findings[0].finding.summary)


def test_sarif_is_valid(report: Report) -> None:
    value = json.loads(report_sarif(report))
    assert sorted(error.message for error in VALIDATOR.iter_errors(value)) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda run: run["results"][0].pop("message"),
        lambda run: run["results"][0].update(level="bad"),
        lambda run: run["tool"]["driver"].pop("name"),
        lambda run: run["invocations"][0].update(executionSuccessful="yes"),
        lambda run: run.update(invented=1),
    ],
)
def test_the_schema_refuses_what_is_no_sarif(spoil: Any, report: Report) -> None:
    value = json.loads(report_sarif(report))
    spoil(value["runs"][0])
    assert list(VALIDATOR.iter_errors(value))


def test_sarif_has_a_rule_for_every_result(report: Report) -> None:
    [run] = json.loads(report_sarif(report))["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["used-after-expiry"]
    [result] = run["results"]
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    assert result["partialFingerprints"] == {"trailtraceFinding/v1": report.findings[0].finding.id}
    assert result["level"] == "error"


def test_sarif_reads_no_link_in_log_text(report: Report) -> None:
    first = report.findings[0]
    told = replace(first, finding=replace(first.finding, summary=r"a \[b](https://evil.example) took c"))
    value = json.loads(report_sarif(replace(report, findings=(told,))))
    assert value["runs"][0]["results"][0]["message"] == {"text": r"a \\\[b\](https://evil.example) took c"}


def test_every_severity_has_a_level_and_a_score() -> None:
    assert set(LEVELS) == set(SCORES) == set(Severity)
    scores = [float(SCORES[severity]) for severity in Severity]
    assert scores == sorted(scores)


def test_a_finding_has_the_same_fingerprint_whatever_the_window(tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    path.write_bytes(trail(CaseRecords(LINES).records))
    with trailtrace.from_logs([str(path)]) as investigation:
        reports = [
            investigation.report(since, now=now, settings=only())
            for since, now in ((None, NOW), (datetime(2026, 5, 1, 10), datetime(2026, 6, 1)))
        ]
    prints = {
        result["partialFingerprints"]["trailtraceFinding/v1"]
        for each in reports
        for result in json.loads(report_sarif(each))["runs"][0]["results"]
    }
    assert len(prints) == 1
