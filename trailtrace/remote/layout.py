"""How a trail lays out a bucket, and which part of it is wanted. Reads keys, and never lists.

`[prefix/]AWSLogs/[o-organisation/]account/CloudTrail/region/yyyy/mm/dd/name`; Control Tower's prefix is
the organisation's id. https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

LATE = timedelta(days=1)
"""How much later than its newest event a log file may be delivered and still be found.

CloudTrail delivers within about 5 minutes on average, and promises no longest time.
"""

ROOT = "AWSLogs"

GLOBAL_REGION = "us-east-1"

_ORGANISATION = r"o-[a-z0-9]{10,32}"
_ACCOUNT = re.compile(
    rf"(?:.*?/)?{ROOT}/(?:{_ORGANISATION}/)?(?P<account>\d{{12}})(?:/(?P<rest>.*))?", re.DOTALL
)
_BEFORE_ACCOUNT = re.compile(rf"(?:.*/)?{ROOT}(?:/{_ORGANISATION})?", re.DOTALL)
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}")
_NAMED = re.compile(
    rf"(?:.*/)?(?P<account>\d{{12}})_CloudTrail(?:-\w+)?_(?P<region>{_REGION.pattern})"
    r"_(?P<delivered>\d{8}T\d{4})Z_?[^/]*",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which logs are wanted; what is empty or None wants all. Times are UTC without offset."""

    accounts: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None
    digests: bool = False
    """Digest files, too: they hold no events."""


class Share(Enum):
    """How much of what is below a folder is wanted."""

    NONE = "none"
    SOME = "some"
    ALL = "all"
    UNKNOWN = "unknown"
    """It is in no account's folder: what is below may have any layout."""


def share(selection: Selection, folder: str) -> Share:
    """How much of a folder is wanted, by its key without the slash at its end."""
    found = _ACCOUNT.fullmatch(folder)
    if found is None:
        return Share.SOME if _BEFORE_ACCOUNT.fullmatch(folder) else Share.UNKNOWN
    if selection.accounts and found["account"] not in selection.accounts:
        return Share.NONE
    match found["rest"].split("/") if found["rest"] else []:
        case []:
            return Share.SOME
        case [service, *_] if not _is_wanted(selection, service):
            return Share.NONE
        case [_]:
            return Share.SOME
        case [_, region, *dates] if _REGION.fullmatch(region):
            if selection.regions and region not in selection.regions:
                return Share.NONE
            return _share_of_days(selection, dates[:3])
        case _:  # beside the logs, there are results of queries, …
            return Share.ALL


def without_global_region(regions: Collection[str]) -> str | None:
    """What Regions that were chosen lack without us-east-1, in a sentence; None if nothing.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html
    """
    # Other partitions have no us-east-1.
    others = ("cn-", "us-gov-", "us-iso", "eu-iso", "eusc-")
    if not regions or GLOBAL_REGION in regions or any(each.startswith(others) for each in regions):
        return None
    return (
        f"{GLOBAL_REGION} is not among the Regions: calls of global services (IAM, Organizations,"
        " CloudFront), sign-ins of root, and credentials issued by the global STS endpoint are recorded"
        f" there alone, so that chains may end early: add --region {GLOBAL_REGION}"
    )


def beginning(selection: Selection, prefix: str) -> str:
    """What of a named prefix leads to a folder that is listed only since it was named.

    It may be the copy of a bucket, or what somebody restored: what is below is laid out by itself.
    """
    named = ""
    while found := _ACCOUNT.fullmatch(prefix, len(named) + bool(named)):
        service = (found["rest"] or "").partition("/")[0]
        if not service or _is_wanted(selection, service):
            break
        named = prefix[: found.start("rest") + len(service)]
    return named


def service_of(folder: str) -> str | None:
    """The folder's own name, if what a service writes for an account begins there."""
    found = _ACCOUNT.fullmatch(folder)
    return found["rest"] if found and found["rest"] and "/" not in found["rest"] else None


def wants(selection: Selection, key: str) -> bool:
    """Whether an object is wanted; what neither its folders nor its name tell is taken as wanted."""
    folder, _, name = key.rpartition("/")
    if share(selection, folder) is Share.NONE:
        return False
    named = _NAMED.fullmatch(name)
    if named is None:
        return True
    return (
        (not selection.accounts or named["account"] in selection.accounts)
        and (not selection.regions or named["region"] in selection.regions)
        and is_in_time(selection, named["delivered"])
    )


def _is_wanted(selection: Selection, service: str) -> bool:
    """Other services write beside CloudTrail: Config, load balancers, VPC flow logs."""
    if service == "CloudTrail-Digest":
        return selection.digests
    return service == "CloudTrail" or service.startswith("CloudTrail-")


def _share_of_days(selection: Selection, dates: list[str]) -> Share:
    if selection.since is None and selection.until is None:
        return Share.ALL
    if not dates:
        return Share.SOME
    period = _period(dates)
    if period is None:
        return Share.ALL
    start, end = period
    first, last = selection.since or datetime.min, _latest(selection)
    if end <= first or start > last:
        return Share.NONE
    # A day is listed whole: the names of its objects tell the rest.
    return Share.ALL if len(dates) == 3 or (first <= start and end <= last) else Share.SOME


def _period(dates: list[str]) -> tuple[datetime, datetime] | None:
    """The year, month or day of folders; None if they are none."""
    if not all(part.isascii() and part.isdigit() for part in dates):
        return None
    year, month, day = (*map(int, dates), 0, 0)[:3]
    try:
        start = datetime(year, month or 1, day or 1)
        if day:
            return start, start + timedelta(days=1)
        return start, datetime(year + (month or 12) // 12, (month or 12) % 12 + 1, 1)
    except (ValueError, OverflowError):
        return None


def _latest(selection: Selection) -> datetime:
    try:
        return datetime.max if selection.until is None else selection.until + LATE
    except OverflowError:
        return datetime.max


def is_in_time(selection: Selection, delivered: str) -> bool:
    """Whether a file's time, `20260501T0905` of its name, is wanted; what is no time may be any."""
    try:
        at = datetime.strptime(delivered, "%Y%m%dT%H%M")
    except ValueError:
        return True
    # The name has minutes; no event in the file is newer than that minute.
    first = datetime.min if selection.since is None else selection.since.replace(second=0, microsecond=0)
    return first <= at <= _latest(selection)
