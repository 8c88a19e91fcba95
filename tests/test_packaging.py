"""The wheel works where only its dependencies are installed, `queries/` included."""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "sample_logs" / "AWSLogs"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `trailtrace` command of a clean environment that holds the wheel built from this tree."""
    folder = tmp_path_factory.mktemp("clean")
    environment = folder / "venv"
    venv.create(environment, with_pip=True)
    pip: list[str | Path] = [
        environment / "bin" / "python",
        "-m",
        "pip",
        "--quiet",
        "--disable-pip-version-check",
    ]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", folder, ROOT], check=True)
    [wheel] = folder.glob("trailtrace-*.whl")
    subprocess.run([*pip, "install", wheel], check=True)
    return environment / "bin" / "trailtrace"


def test_the_installed_command_answers_from_another_folder(installed: Path, tmp_path: Path) -> None:
    key = "ASIA3KF6UTOHSVAMMEK6"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    answered = subprocess.run(
        [installed, "who-did", key, "--logs", SAMPLES],
        cwd=tmp_path,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert answered.stdout.startswith("EC2 instance i-")
    assert list(tmp_path.iterdir()) == []


def test_the_command_also_runs_as_a_module() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "trailtrace", "--version"], check=True, capture_output=True, text=True
    )
    assert shown.stdout.startswith("trailtrace ")
