"""What the documentation shows is what the program prints."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.models

from trailtrace.cli import app, main

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
DOCS = [README, *sorted((ROOT / "docs").glob("*.md")), ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]


def shown_runs(path: Path) -> Iterator[tuple[str, str]]:
    """Commands of a page that are shown with their output."""
    for block in re.findall(r"```console\n(.*?)```", path.read_text(), re.DOTALL):
        command, _, output = block.partition("\n")
        if command.startswith("$ trailtrace") and output and not output.startswith("$"):
            yield command.removeprefix("$ "), output


@pytest.mark.parametrize(("command", "output"), [run for path in DOCS for run in shown_runs(path)])
def test_a_page_shows_what_is_printed(
    command: str, output: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("COLUMNS", raising=False)
    with pytest.raises(SystemExit) as ended:
        main(shlex.split(command)[1:])
    assert ended.value.code in (0, None)
    assert capsys.readouterr().out == output


@pytest.mark.parametrize("name", ["README.md", "docs/what-did.md", "docs/which-events.md"])
def test_a_page_shows_a_real_answer(name: str) -> None:
    assert list(shown_runs(ROOT / name))


def test_the_python_of_the_readme_runs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    [code] = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102  # it is our own README
    assert capsys.readouterr().out == "priya proof\nnoor proof\n"


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text()):
        assert (path.parent / target).exists(), target


def test_every_command_is_documented() -> None:
    text = "".join(path.read_text() for path in DOCS)
    for command in app.registered_commands:
        assert f"trailtrace {command.name}" in text


def test_every_rule_has_a_section() -> None:
    code = "".join(path.read_text() for path in (ROOT / "trailtrace").rglob("*.py"))
    rules = (ROOT / "docs" / "rules.md").read_text()
    for rule in set(re.findall(r"\bL\d\d\b", code)):
        assert re.search(rf"^#+ .*\b{rule}\b", rules, re.MULTILINE), rule


def test_every_warning_is_documented() -> None:
    code = "".join(path.read_text() for path in (ROOT / "trailtrace" / "investigate").glob("*.py"))
    rules = (ROOT / "docs" / "rules.md").read_text()
    codes = set(re.findall(r'Warn\(\s*"(\w+)"', code))
    assert codes
    for warning in codes:
        assert f"`{warning}`" in rules, warning


GROUPED = [
    [str(group.name), *name]
    for group in app.registered_groups
    if group.typer_instance is not None
    for name in [[], *([str(command.name)] for command in group.typer_instance.registered_commands)]
]
"""Commands that have commands of their own, and these."""


@pytest.mark.parametrize("words", GROUPED, ids=" ".join)
def test_the_help_of_a_command_in_a_group_has_an_example(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([*words, "--help"])
    shown = capsys.readouterr().out
    assert "Example: " in shown and f"trailtrace {' '.join(words)}" in shown


@pytest.mark.parametrize("command", app.registered_commands, ids=lambda command: command.name)
def test_the_help_of_every_command_has_an_example(
    command: typer.models.CommandInfo, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([str(command.name), "--help"])
    assert f"Example: trailtrace {command.name}" in capsys.readouterr().out
