"""Clients of AWS's APIs, by the usual chain of credentials; what AWS refuses becomes one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trailtrace.errors import TrailtraceError, extra
from trailtrace.version import __version__

if TYPE_CHECKING:
    from boto3 import Session

ATTEMPTS = 8
"""How often a request is made that AWS throttles or that fails on the way, with growing pauses."""

_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_UNKNOWN = frozenset(
    {
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "SignatureDoesNotMatch",
        "InvalidAccessKeyId",
        "AuthFailure",
    }
)
_DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "OperationNotPermittedException"}
)


class UnavailableError(TrailtraceError):
    """AWS or the network does not answer now; it may later."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account and the session that asks in its name."""

    account_id: str
    session: Session

    @property
    def name(self) -> str:
        """The account, and the profile where it was chosen by one."""
        profile = self.session.profile_name
        return self.account_id if profile == "default" else f"{self.account_id} (profile {profile})"

    def client(self, service: str, region: str | None = None) -> Any:
        """A client that tries again by itself. Make it in one thread, use it in any."""
        return client(self.session, service, region)

    def regions(self) -> list[str]:
        """The Regions that are enabled in the account. Raises TrailtraceError where it may not ask."""
        with refusals(f"cannot list the Regions of account {self.name}", "give them with --region"):
            ec2 = self.client("ec2", self.session.region_name or "us-east-1")
            return sorted(each["RegionName"] for each in ec2.describe_regions()["Regions"])


def session(profile: str | None, region: str | None = None) -> Session:
    """The session of a profile, or of the environment. Raises TrailtraceError for a profile that is none."""
    with extra("aws"):
        from boto3 import Session
    with refusals("cannot sign in to AWS"):
        return Session(profile_name=profile, region_name=region)


def client(session: Session, service: str, region: str | None = None) -> Any:
    """A client of a service that tries again by itself."""
    from botocore.config import Config

    config = Config(
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        connect_timeout=10,
        read_timeout=60,
        user_agent_extra=f"trailtrace/{__version__}",
    )
    return session.client(service, region_name=region, config=config)


def account(profile: str | None) -> Account:
    """The account that a profile is in, which anybody may ask. Raises TrailtraceError without credentials."""
    found = session(profile)
    with refusals(f"cannot sign in to AWS{f' with profile {profile}' if profile else ''}"):
        sts = client(found, "sts", found.region_name or "us-east-1")
        return Account(sts.get_caller_identity()["Account"], found)


@contextmanager
def refusals(what: str, advice: str = "") -> Iterator[None]:
    """Around requests: what AWS or the network refuses becomes a TrailtraceError of one line."""
    from botocore import exceptions

    try:
        yield
    except exceptions.ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        code = str(error.response.get("Error", {}).get("Code", ""))
        said = str(error.response.get("Error", {}).get("Message") or error).splitlines()[0]
        next_step = advice
        if code in _EXPIRED:
            next_step = "the credentials have expired: sign in again, then run it again"
        elif code in _UNKNOWN:
            next_step = "AWS does not know these credentials: check the profile"
        elif code in _DENIED and not advice:
            next_step = "allow it in a policy of these credentials"
        kind = UnavailableError if status >= 500 or "Throttl" in code else TrailtraceError
        raise kind(": ".join(filter(None, (what, code, said, next_step)))) from error
    except exceptions.BotoCoreError as error:
        said = " ".join(str(error).split())
        away = isinstance(error, exceptions.ConnectionError | exceptions.HTTPClientError)
        kind = UnavailableError if away else TrailtraceError
        raise kind(": ".join(filter(None, (what, said, advice)))) from error
