"""`trailtrace verify --keys-from-aws`: keys by the ListPublicKeys API, of a server that stands in for it."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from cloudtrail_api import CloudTrailApi, aws_environment, serving
from conftest import Run
from signed_logs import REGION, Trail, listed_keys, put_keys


@pytest.fixture(scope="module")
def server() -> Iterator[CloudTrailApi]:
    with serving(CloudTrailApi()) as api:
        yield api


@pytest.fixture
def api(server: CloudTrailApi, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CloudTrailApi:
    server.keys = {REGION: listed_keys(REGION, seconds=True)}
    server.keys_asked.clear()
    for name, value in aws_environment(server.url, tmp_path, {"one": "AKIAONE"}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    return server


def verify(run: Run, folder: Path, *options: str) -> tuple[int, str, str]:
    outcome = run(["verify", str(folder), "--keys-from-aws", *options])
    assert "SECRET" not in outcome.stderr
    return outcome.code, outcome.stdout, outcome.stderr


def test_keys_are_asked_for_in_the_region_of_the_digests(
    run: Run, api: CloudTrailApi, tmp_path: Path
) -> None:
    folder = Trail().hours(3).write(tmp_path / "logs")
    code, stdout, stderr = verify(run, folder, "--profile", "one")
    assert (code, stderr) == (0, "")
    assert "digests   3 verified, 0 unverified, 0 failed" in stdout
    [(region, asked)] = api.keys_asked
    assert region == REGION
    assert datetime.fromtimestamp(asked["StartTime"]) < datetime(2026, 5, 1)


def test_a_region_that_does_not_answer_is_told_and_has_no_keys(
    run: Run, api: CloudTrailApi, tmp_path: Path
) -> None:
    api.keys["us-east-1"] = {"Refusal": "AccessDeniedException"}
    folder = Trail().hours(2).write(tmp_path / "logs")
    Trail(region="us-east-1", signed_with="us-east-1").hours(2).write(tmp_path / "logs")
    code, stdout, stderr = verify(run, folder)
    assert (code, stderr) == (
        0,
        "trailtrace: warning: public keys of us-east-1: AccessDeniedException: no: it needs"
        " cloudtrail:ListPublicKeys, see docs/verify.md; or give the keys with --keys\n",
    )
    assert "digests   2 verified, 2 unverified, 0 failed" in stdout
    assert sorted(region for region, _ in api.keys_asked) == [REGION, "us-east-1"]


def test_no_answer_at_all_is_an_error(run: Run, api: CloudTrailApi, tmp_path: Path) -> None:
    api.keys = {REGION: {"Refusal": "AccessDeniedException"}}
    code, stdout, stderr = verify(run, Trail().hours(2).write(tmp_path / "logs"))
    assert (code, stdout) == (1, "")
    assert stderr.startswith(f"trailtrace: warning: public keys of {REGION}: ")
    assert f"trailtrace: error: public keys of {REGION}: AccessDeniedException" in stderr


def test_made_up_regions_and_keys_cause_few_questions(run: Run, api: CloudTrailApi, tmp_path: Path) -> None:
    folder = Trail(signed_with="nobody").hours(30).write(tmp_path / "logs")
    Trail(region="xx-evil-1", signed_with="nobody").hours(2).write(tmp_path / "logs")
    code, stdout, _ = verify(run, folder)
    assert code == 0
    assert "digests   0 verified, 32 unverified, 0 failed" in stdout
    assert [region for region, _ in api.keys_asked] == [REGION]


def test_keys_come_from_files_or_from_aws(run: Run, api: CloudTrailApi, tmp_path: Path) -> None:
    folder = Trail().hours(1).write(tmp_path / "logs")
    keys = put_keys(tmp_path / "keys")
    code, _, stderr = verify(run, folder, "--keys", str(keys))
    assert code == 2
    assert "give --keys PATH, or --keys-from-aws; not both" in stderr
    assert api.keys_asked == []
