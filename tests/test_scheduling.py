"""The examples of docs/scheduling.md work: the script is run, the units are what systemd accepts."""

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from case_records import CaseRecords
from conftest import trail
from report_cases import LINES, only_toml

SCHEDULING = Path(__file__).parent.parent / "docs" / "scheduling"
SCRIPT = SCHEDULING / "trailtrace-report.sh"
CRON = re.compile(r"(?:[\d*,/-]+ ){5}\w+ (?P<command>/\S+)")


def scheduled(home: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """One run of the script, with the trailtrace of this environment."""
    folder = Path(sys.executable).parent
    if not (folder / "trailtrace").exists():
        pytest.skip("trailtrace is not installed beside this Python")
    environment = {
        **os.environ,
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "TRAILTRACE_LOGS": str(home / "logs"),
        "TRAILTRACE_HOME": str(home),
        "TRAILTRACE_SINCE": "2026-05-01",
        **more,
    }
    return subprocess.run(["sh", SCRIPT], env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "1.json").write_bytes(trail(CaseRecords(LINES[:4]).records))
    (tmp_path / "trailtrace.toml").write_text(only_toml())
    return tmp_path


def test_the_script_keeps_a_report_of_each_day_and_builds_on_the_one_before(home: Path) -> None:
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    first = scheduled(home)
    assert first.returncode == 10, first.stderr
    report = home / "reports" / f"{today}.json"
    assert json.loads(report.read_text())["finding_count"] == 1
    assert (home / "reports" / f"{today}.html").read_text().startswith("<!doctype html>")

    report.rename(home / "reports" / "2026-05-02.json")
    (home / "logs" / "2.json").write_bytes(trail(CaseRecords(LINES).records))
    second = scheduled(home)
    assert second.returncode == 10, second.stderr
    news = json.loads(report.read_text())["news"]
    assert news["previous"] is not None
    assert news["findings"] == 0

    (home / "baseline.toml").write_text("")
    assert scheduled(home, TRAILTRACE_FAIL_ON="critical").returncode == 0


def test_the_script_ends_with_the_code_of_what_failed(home: Path) -> None:
    shutil.rmtree(home / "logs")
    assert scheduled(home).returncode == 1
    (home / "logs").mkdir()
    assert scheduled(home).returncode == 3
    assert list((home / "reports").iterdir()) == []


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not here")
    for name in ("trailtrace-report.service", "trailtrace-report.timer"):
        text = (SCHEDULING / name).read_text()
        (tmp_path / name).write_text(text.replace("/opt/trailtrace/trailtrace-report.sh", str(SCRIPT)))
    done = subprocess.run(
        ["systemd-analyze", "verify", tmp_path / "trailtrace-report.timer"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_cron_runs_the_script_once_a_day() -> None:
    lines = (SCHEDULING / "trailtrace.cron").read_text().splitlines()
    [entry] = [line for line in lines if not line.startswith("#") and "=" not in line]
    assert (found := CRON.fullmatch(entry))
    assert found["command"].endswith(f"/{SCRIPT.name}")


def test_every_example_runs_the_same_script() -> None:
    for name in ("trailtrace-report.service", "github-actions.yml", "ecs.yml", "trailtrace.cron"):
        assert SCRIPT.name in (SCHEDULING / name).read_text()


@pytest.mark.parametrize("name", ["github-actions.yml"])
def test_a_workflow_has_a_schedule_and_one_job(name: str) -> None:
    workflow = yaml.safe_load((SCHEDULING / name).read_text())
    assert workflow[True]["schedule"] == [{"cron": "10 6 * * *"}]  # YAML 1.1 reads `on` as true
    [job] = workflow["jobs"].values()
    assert job["timeout-minutes"] <= 120
