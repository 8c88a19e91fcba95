"""`trailtrace verify`: what it prints, and how it ends."""

import csv
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import Run
from signed_logs import HOUR, START, Trail, put, put_keys

import trailtrace


@pytest.fixture
def trail() -> Trail:
    return Trail().hours(3)


@pytest.fixture
def folder(tmp_path: Path, trail: Trail) -> Path:
    return trail.write(tmp_path / "logs")


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return put_keys(tmp_path / "keys")


def test_whole_logs_end_with_0(run: Run, folder: Path, keys: Path) -> None:
    outcome = run(["verify", str(folder), "--keys", str(keys)])
    assert (outcome.code, outcome.stderr) == (0, "")
    assert outcome.stdout.splitlines() == [
        "log files 3 verified, 0 unverified, 0 failed",
        "digests   3 verified, 0 unverified, 0 failed",
        "111122223333 eu-west-1 main: 3 digests",
        "  2026-05-01 00:00:00Z to 2026-05-01 03:00:00Z verified",
    ]


def test_what_failed_is_told_and_ends_with_6(run: Run, folder: Path, keys: Path, trail: Trail) -> None:
    trail.logs[0].path(folder).write_bytes(b"{}")
    trail.digests[1].path(folder).unlink()
    outcome = run(["verify", str(folder), "--keys", str(keys)])
    assert outcome.code == 6
    assert outcome.stderr == ("trailtrace: error: 2 of 6 files failed verification: see above\n")
    text = " ".join(outcome.stdout.split())
    assert "Failed: 2" in text
    named = f"its content is not what the digest {trail.digests[0].name} says"
    assert named.replace(" ", "") in text.replace(" ", "")
    assert "missing: a digest is missing: 2026-05-01 01:00:00Z to 2026-05-01 02:00:00Z" in text
    assert "2026-05-01 01:00:00Z to 2026-05-01 02:00:00Z digests missing" in text
    assert "Not verified: 1" in text


def test_what_is_only_not_verified_ends_with_0_unless_strict(run: Run, folder: Path, keys: Path) -> None:
    put(folder, Trail(now=START + 9 * HOUR).log(b"{}"))
    assert run(["verify", str(folder), "--keys", str(keys)]).code == 0
    outcome = run(["verify", str(folder), "--keys", str(keys), "--strict"])
    assert outcome.code == 6
    assert outcome.stderr == "trailtrace: error: 1 of 7 files could not be verified: see above\n"


def test_json_has_every_file_and_the_time_that_is_covered(
    run: Run, folder: Path, keys: Path, trail: Trail
) -> None:
    trail.logs[2].path(folder).unlink()
    found = json.loads(run(["verify", str(folder), "--keys", str(keys), "--format", "json"]).stdout)
    assert found["logs"] == {"verified": 2, "unverified": 0, "failed": 1}
    assert found["digests"] == {"verified": 3, "unverified": 0, "failed": 0}
    assert found["chains"] == [
        {
            "account_id": "111122223333",
            "region": "eu-west-1",
            "trail": "main",
            "home_region": "eu-west-1",
            "backfill": False,
            "place": "logs/",
            "digests": 3,
            "begins": True,
            "spans": [{"from": "2026-05-01T00:00:00Z", "to": "2026-05-01T03:00:00Z", "state": "verified"}],
        }
    ]
    assert len(found["files"]) == 6
    assert found["files"][-1] == {
        "kind": "log",
        "integrity": "failed",
        "reason": "missing",
        "detail": f"the digest {trail.digests[2].name} names it",
        "source": None,
        "sha256": None,
        "s3_object": f"logs/{trail.logs[2].key}",
        "account_id": "111122223333",
        "region": "eu-west-1",
        "trail": "main",
    }


def test_csv_has_a_row_a_file(run: Run, folder: Path, keys: Path) -> None:
    (folder / "=cmd.json").write_text("{}")
    outcome = run(["verify", str(folder), "--keys", str(keys), "--format", "csv"])
    rows = list(csv.DictReader(io.StringIO(outcome.stdout)))
    assert len(rows) == 7
    assert {row["integrity"] for row in rows} == {"verified", "unverified"}


def test_names_are_escaped_for_the_terminal(run: Run, folder: Path, keys: Path) -> None:
    (folder / "a\x1b[31mb\u202e.json").write_text("{}")
    outcome = run(["verify", str(folder), "--keys", str(keys)])
    assert "\\x1b[31mb\\u202e.json" in outcome.stdout.replace("\n", "").replace(" ", "")
    assert "\x1b" not in outcome.stdout


def test_keys_among_the_logs_are_warned_of_and_no_log_file(run: Run, folder: Path) -> None:
    put_keys(folder)
    outcome = run(["verify", str(folder), "--keys", str(folder / "keys.json")])
    assert outcome.code == 0
    assert "the keys lie among the logs" in outcome.stderr
    assert "log files 3 verified, 0 unverified" in outcome.stdout


def test_keys_elsewhere_are_not_warned_of(run: Run, folder: Path, keys: Path) -> None:
    assert run(["verify", str(folder), "--keys", str(keys)]).stderr == ""


def test_keys_are_needed(run: Run, folder: Path, tmp_path: Path) -> None:
    assert run(["verify", str(folder)]).code == 2
    outcome = run(["verify", str(folder), "--keys", str(tmp_path / "none.json")])
    assert outcome.code == 1
    assert "none.json: cannot read the public keys" in outcome.stderr
    (tmp_path / "empty").mkdir()
    outcome = run(["verify", str(folder), "--keys", str(tmp_path / "empty")])
    assert (outcome.code, "no .json file" in outcome.stderr) == (1, True)


def test_without_its_library_the_command_says_how_to_install_it(folder: Path, keys: Path) -> None:
    # A module that is None cannot be imported.
    program = (
        "import sys; sys.modules['cryptography'] = None; from trailtrace.cli import main;"
        f" main(['verify', {str(folder)!r}, '--keys', {str(keys)!r}])"
    )
    outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert outcome.returncode == 1
    assert outcome.stderr == (
        "trailtrace: error: verify needs the library cryptography: pip install 'trailtrace[verify]'\n"
    )


def test_a_folder_without_digests_is_warned_of(run: Run, tmp_path: Path, keys: Path, trail: Trail) -> None:
    put(tmp_path / "logs", trail.logs[0])
    outcome = run(["verify", str(tmp_path / "logs"), "--keys", str(keys)])
    assert (outcome.code, "no digest file in the input" in outcome.stderr) == (0, True)


def test_an_empty_folder_ends_with_3(run: Run, tmp_path: Path, keys: Path) -> None:
    (tmp_path / "logs").mkdir()
    assert run(["verify", str(tmp_path / "logs"), "--keys", str(keys)]).code == 3


def test_an_archive_is_not_looked_into_and_says_so(run: Run, folder: Path, keys: Path) -> None:
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        archive.writestr("log.json", "{}")
    assert "unpack it" in run(["verify", str(folder), "--keys", str(keys)]).stdout


def test_the_store_is_no_log_file(run: Run, folder: Path, keys: Path) -> None:
    store = folder / "logs.duckdb"
    trailtrace.load(store, [str(folder)])
    outcome = run(["verify", str(folder), "--keys", str(keys), "--store", str(store), "--strict"])
    assert (outcome.code, "3 verified, 0 unverified" in outcome.stdout) == (0, True)


def test_what_is_saved_for_a_verification_is_loaded_as_no_event(folder: Path, tmp_path: Path) -> None:
    put_keys(folder)
    summary = trailtrace.load(tmp_path / "store.duckdb", [str(folder)])
    assert summary.rejected == {}
    assert summary.containers == {"digest": 3, "digest_signature": 4, "trail": 3}
