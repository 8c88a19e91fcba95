"""What the names of CloudTrail's objects say: whose they are, and of when. Never opens one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

_REGION = r"[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}"
_DIGEST = re.compile(
    rf"(?P<account_id>\d{{12}})_CloudTrail-Digest_(?P<region>{_REGION})_(?P<trail>.+)"
    rf"_(?P<home_region>{_REGION})_(?P<end>\d{{8}}T\d{{6}}Z)(?P<backfill>_backfill)?\.json"
)
_LOG = re.compile(rf"(\d{{12}})_CloudTrail(?:-\w+)?_({_REGION})_(\d{{8}}T\d{{4}})Z_[^/]+\.json")

_STAMP = "%Y%m%dT%H%M%SZ"

_REGION_IN_NAME = re.compile(
    r"(?<![a-z0-9])[a-z]{2}(?:-gov|-iso[a-z]*)?-(?:north|south|east|west|central){1,2}-\d{1,2}(?![0-9])"
)


@dataclass(frozen=True, slots=True, order=True)
class Stream:
    """One chain of digests: a trail's, in one account and Region, in one place."""

    account_id: str
    region: str
    trail: str
    home_region: str
    backfill: bool
    place: str = ""
    """Bucket and prefix; empty if only the name of a file is known."""


@dataclass(frozen=True, slots=True)
class LogName:
    """What a log file's name says."""

    account_id: str
    region: str
    delivered: datetime


def file_name(path: str) -> str:
    """What stands behind the folders, as S3 or any system writes them."""
    return path.rpartition("/")[2].rpartition("\\")[2]


def base_name(path: str) -> str:
    """The name by itself, without `.gz`: a file may have been decompressed where it lies."""
    return file_name(path).removesuffix(".gz")


def is_digest_name(path: str) -> bool:
    return _DIGEST.fullmatch(base_name(path)) is not None


def is_sign_name(path: str) -> bool:
    """Whether a file is named as the signature of results that CloudTrail Lake saved."""
    return file_name(path) == "result_sign.json"


def folder_of(path: str) -> str:
    """What stands before a file's name."""
    return path[: len(path) - len(file_name(path))]


def stream_of(name: str, bucket: str | None = None) -> Stream | None:
    """Whose digest it is; None if it is not named as one. `name` is its key, if its bucket is given."""
    found = _DIGEST.fullmatch(base_name(name))
    if found is None:
        return None
    return Stream(
        found["account_id"],
        found["region"],
        found["trail"],
        found["home_region"],
        found["backfill"] is not None,
        "" if bucket is None else f"{bucket}/{name.partition('AWSLogs/')[0]}",
    )


def digest_end(path: str) -> datetime | None:
    """The time until which a digest goes, by its name."""
    found = _DIGEST.fullmatch(base_name(path))
    try:
        return None if found is None else datetime.strptime(found["end"], _STAMP)
    except ValueError:
        return None


def digest_until(name: str, end: datetime) -> str:
    """The name, with its folders, that the digest until `end` has, by that of another of its chain."""
    dated = re.sub(r"\d{4}/\d\d/\d\d(?=/[^/]*$)", f"{end:%Y/%m/%d}", name)
    return re.sub(r"\d{8}T\d{6}Z(?=[^/]*$)", end.strftime(_STAMP), dated)


def log_name(path: str) -> LogName | None:
    """Whose log file it is and when it was delivered; None if it is not named as one."""
    found = _LOG.fullmatch(base_name(path))
    if found is None:
        return None
    try:
        delivered = datetime.strptime(found[3], "%Y%m%dT%H%M")
    except ValueError:
        return None
    return LogName(found[1], found[2], delivered)


def region_in(path: str) -> str | None:
    """The one Region that a name bears; None if it bears none or several."""
    found = set(_REGION_IN_NAME.findall(file_name(path)))
    return found.pop() if len(found) == 1 else None
