"""Shells complete the names of queries, and the parameters of the query that is named."""

import os
import subprocess
import sys

import pytest

from trailtrace.library import named_query


def completions(shell: str, line: str) -> list[str]:
    """What `trailtrace` tells the shell for a line whose last word is to be completed."""
    environment = os.environ | {"_TRAILTRACE_COMPLETE": f"complete_{shell}"}
    if shell == "bash":
        environment |= {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split()) - 1)}
    else:
        environment |= {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    ran = subprocess.run(
        [sys.executable, "-m", "trailtrace"], env=environment, capture_output=True, text=True, check=False
    )
    assert ran.stderr == ""
    return ran.stdout.splitlines()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_query_is_completed(shell: str) -> None:
    found = "\n".join(completions(shell, "trailtrace query timeline-of-"))
    assert "timeline-of-person" in found
    assert "grades" not in found


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize("before", ["", "--store x.duckdb ", "--set since=2026-05-01 "])
def test_the_parameters_of_the_named_query_are_completed(shell: str, before: str) -> None:
    found = "\n".join(completions(shell, f"trailtrace query timeline-of-person {before}--set o"))
    assert "origin=" in found
    assert "since=" not in found
    [about] = [param.about for param in named_query("timeline-of-person").params if param.name == "origin"]
    assert shell == "bash" or about.partition(":")[0] in found


@pytest.mark.parametrize("line", ["trailtrace query --set o", "trailtrace query no-such-query --set o"])
def test_no_query_has_no_parameters(line: str) -> None:
    assert "".join(completions("fish", line)) == ""
