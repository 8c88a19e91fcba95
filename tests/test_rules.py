"""The command `rules` lists the rules that the program has and the documentation explains."""

import json
import re
from pathlib import Path

import pytest
from conftest import Run

from trailtrace.model import Grade
from trailtrace.rules import RULES, Rule

ROOT = Path(__file__).parent.parent
SECTIONS = {
    heading.strip("`"): text
    for heading, text in re.findall(
        r"^### (\S+)\n(.*?)(?=^##|\Z)", (ROOT / "docs" / "rules.md").read_text(), re.MULTILINE | re.DOTALL
    )
}
NUMBERED = [*range(1, 9), *range(10, 28)]


def test_the_list_holds_every_numbered_rule_once() -> None:
    ids = [rule.id for rule in RULES]
    assert len(ids) == len(set(ids))
    assert set(ids) == {f"L{number:02}" for number in NUMBERED} | {"L13b", "L19b", "issued"}


def test_every_rule_that_provenance_names_is_listed() -> None:
    code = "".join(path.read_text() for path in (ROOT / "trailtrace" / "provenance").glob("*.py"))
    named = set(re.findall(r"\bL\d\d(?:b\b)?", code))
    assert named <= {rule.id for rule in RULES}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_listed_rule_has_a_section_that_names_its_best_grade(rule: Rule) -> None:
    section = SECTIONS[rule.id]
    claims = section[section.index("- Claims:") :]
    wanted = "nothing" if rule.best is Grade.NONE else f"`{rule.best}`"
    assert wanted in claims
    better = [grade for grade in Grade if list(Grade).index(grade) < list(Grade).index(rule.best)]
    [claim] = re.findall(r"^- Claims:.*?(?=^- |\Z)", claims, re.MULTILINE | re.DOTALL)[:1]
    assert rule.best is Grade.NONE or not [grade for grade in better if f"`{grade}`" in claim]


def test_the_list_fits_the_width_it_is_given(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for width in (60, 120):
        monkeypatch.setenv("COLUMNS", str(width))
        outcome = run(["rules"])
        assert outcome.code == 0
        assert max(map(len, outcome.stdout.splitlines())) <= width
        assert all(re.search(rf"^{rule.id} ", outcome.stdout, re.MULTILINE) for rule in RULES)


def test_the_list_is_json_for_machines(run: Run) -> None:
    listed = json.loads(run(["rules", "--format", "json"]).stdout)
    assert [rule["id"] for rule in listed] == [rule.id for rule in RULES]
    assert all(rule.keys() == {"id", "name", "needs", "best", "claims"} for rule in listed)
    assert all(rule["best"] in set(Grade) for rule in listed)


def test_the_help_of_rules_shows_an_example(run: Run) -> None:
    assert "Example: trailtrace rules" in run(["rules", "--help"]).stdout
