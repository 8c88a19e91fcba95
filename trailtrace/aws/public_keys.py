"""CloudTrail's public keys by the ListPublicKeys API, Region by Region, as digests name them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm

from trailtrace.aws.clients import client, refusals, session
from trailtrace.errors import TrailtraceError
from trailtrace.integrity.keys import PublicKey, public_key

AROUND = timedelta(days=30)
"""How much earlier than the digest keys are asked for, so that one request serves many digests."""

PAGES = 100
"""Most answers to one question; AWS gives one today."""

ADVICE = "it needs cloudtrail:ListPublicKeys, see docs/verify.md; or give the keys with --keys"


class AskedKeys:
    """Asks for a key when a digest names one that is not known yet.

    A Region that does not answer is told once, and has no keys. Raises TrailtraceError at once where
    there are no credentials.
    """

    def __init__(self, profile: str | None, now: datetime, telling: Callable[[str], None]) -> None:
        self._session = session(profile)
        self._now = now
        self._telling = telling
        self._keys: dict[tuple[str, str], list[PublicKey]] = {}
        self._asked_from: dict[str, datetime] = {}
        self.failures: list[str] = []
        """Why Regions did not answer."""
        with refusals("cannot ask for public keys"):
            self._regions = {
                region
                for partition in self._session.get_available_partitions()
                for region in self._session.get_available_regions("cloudtrail", partition)
            }
            if self._session.get_credentials() is None:
                raise TrailtraceError(
                    "cannot ask for public keys: no AWS credentials: sign in, or give --keys"
                )

    @property
    def any(self) -> bool:
        """Whether some Region gave a key."""
        return bool(self._keys)

    def of(self, fingerprint: str, region: str, at: datetime) -> list[PublicKey]:
        place = (region, fingerprint.lower())
        # A digest's name, and so its Region, may be made up: only AWS's own are asked. What was in use
        # since the time asked from is known.
        new = place not in self._keys and at < self._asked_from.get(region, datetime.max)
        if new and region in self._regions:
            self._ask(region, min(at, self._now) - AROUND)
        return self._keys.get(place, [])

    def _ask(self, region: str, start: datetime) -> None:
        self._asked_from[region] = start
        try:
            with refusals(f"public keys of {region}", ADVICE):
                cloudtrail = client(self._session, "cloudtrail", region)
                token: dict[str, str] = {}
                for _ in range(PAGES):
                    answer = cloudtrail.list_public_keys(
                        StartTime=start.replace(tzinfo=UTC), EndTime=self._now.replace(tzinfo=UTC), **token
                    )
                    for listed in answer.get("PublicKeyList", []):
                        self._add(listed, region)
                    if not answer.get("NextToken"):
                        break
                    token = {"NextToken": answer["NextToken"]}
        except TrailtraceError as error:
            self._asked_from[region] = datetime.min  # once is enough
            self.failures.append(str(error))
            self._telling(f"warning: {error}")

    def _add(self, listed: dict[str, Any], region: str) -> None:
        try:
            key = public_key(
                listed["Fingerprint"],
                listed["Value"],
                region,
                _utc(listed["ValidityStartTime"]),
                _utc(listed["ValidityEndTime"]),
            )
        except (KeyError, ValueError, UnsupportedAlgorithm) as error:
            raise TrailtraceError(f"public keys of {region}: an answer that is none: {error}") from error
        known = self._keys.setdefault((region, key.fingerprint), [])
        if all((key.start, key.end) != (each.start, each.end) for each in known):
            known.append(key)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
