"""Records that reports are tested with, and a configuration under which they give one finding."""

from collections.abc import Sequence
from pathlib import Path

from case_records import CaseRecords, Record
from conftest import trail

from trailtrace.detections import detection_names
from trailtrace.settings import DetectionSettings, Settings

FOUND = "used-after-expiry"

LINES = [
    "09:00 user/alice assumes role/Deploy as ci for 900 -> K1",
    "09:05 K1 calls s3 GetObject",
    "10:40 K1 calls s3 ListBuckets",
    "d2 09:00 user/alice assumes 222222222222/role/Prod as alice -> K2",
    "d2 09:05 K2 calls s3 PutObject",
    "d2 09:06 K2 assumes 222222222222/role/ops/Admin as alice -> K3",
    "d2 09:10 K3 calls iam CreateUser",
    "d2 09:20 user/bob calls s3 GetObject",
]
"""On 2026-05-01 a finding; on the day after it new roles, a new account crossing and a new user."""


def only(name: str = FOUND) -> Settings:
    """One detection alone."""
    off = {other: DetectionSettings(enabled=False) for other in detection_names() if other != name}
    return Settings(detections=off)


def only_toml(name: str = FOUND) -> str:
    """As a configuration file."""
    return "".join(f"[findings.{other}]\nenabled = false\n" for other in detection_names() if other != name)


def logs(folder: Path, lines: Sequence[str | Record]) -> list[str]:
    """A log file of records in the notation of cases, as the list that `from_logs` takes."""
    path = folder / "log.json"
    path.write_bytes(trail(CaseRecords(lines).records))
    return [str(path)]
