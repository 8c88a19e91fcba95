"""The plan: every credential of the logs, and the records that issued the temporary ones."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random

from synthetic.clock import DAY, timestamp
from synthetic.identities import Json, foreign, forwarded, user_identity
from synthetic.organisation import REGIONS, Account, Role, guid

HOUR = 3_600
SERVICES = ("cloudtrail", "config", "delivery.logs")
SDKS = (
    "aws-cli/2.31.4 ua/2.1 os/linux#6.8 md/arch#x86_64 lang/python#3.13.7 md/command#s3.sync",
    "Boto3/1.40.21 md/Botocore#1.40.21 ua/2.1 os/linux#6.1 md/arch#aarch64 lang/python#3.13.5",
    "aws-sdk-go-v2/1.38.0 ua/2.1 os/linux lang/go#1.25.1 md/GOOS#linux md/GOARCH#arm64",
    "aws-sdk-java/2.33.4 md/io#sync md/http#Apache ua/2.1 os/Linux#6.1 lang/java#21.0.8",
    "APN/1.0 HashiCorp/1.0 Terraform/1.13.1 terraform-provider-aws/6.11.0 aws-sdk-go-v2/1.38.3",
)


@dataclass(frozen=True, slots=True)
class Credential:
    """Something that signs calls from `start` to `end`, most of them in `region` ("": everywhere).

    Its identities differ in the key only: a console or Identity Center session has several.
    """

    account: str
    region: str
    start: int
    end: int
    identities: tuple[str, ...]
    principal: str
    ip: str
    agent: str
    weight: float
    console: bool = False
    service: bool = False
    forwarded: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """A record that the plan wrote out in full."""

    account: str
    region: str
    second: int
    text: str


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


class Plan:
    """Collects credentials and issuing records; all its draws come from one random source."""

    def __init__(self, rng: Random, accounts: list[Account], regions: int, days: int, sessions: int) -> None:
        self.rng = rng
        self.accounts = accounts
        self.regions = REGIONS[:regions]
        self.period = days * DAY
        self.sessions = sessions
        self.credentials: list[Credential] = []
        self.records: list[Planned] = []
        self.kinds: Counter[str] = Counter()
        self.copies = 0
        self.signed: set[int] = set()
        self.key_of: dict[str, int] = {}
        self._weights = list(accumulate(account.weight for account in accounts))
        for account in accounts:
            self._residents(account)

    def _residents(self, account: Account) -> None:
        """What signs calls all the time: users' long-term keys, and services for themselves.

        A session weighs about 1, so a little over half of the calls are made in sessions.
        """
        weight = self.sessions * account.weight / self._weights[-1]
        for user in account.users:
            self.key_of[user.key] = self.add(
                [user_identity(user)], user.arn, (0, self.period), account=account.id,
                weight=0.42 * weight / len(account.users),
            )  # fmt: skip
        for name in SERVICES:
            host = f"{name}.amazonaws.com"
            self.add(
                [{"type": "AWSService", "invokedBy": host}], host, (0, self.period),
                account=account.id, ip=host, agent=host, service=True,
                weight=0.5 * weight / len(SERVICES),
            )  # fmt: skip

    # Draws ---------------------------------------------------------------------------------

    def account(self) -> Account:
        return self.rng.choices(self.accounts, cum_weights=self._weights)[0]

    def region(self) -> str:
        return self.regions[min(int(self.rng.expovariate(1)), len(self.regions) - 1)]

    def start(self) -> int:
        """When a session begins; late enough to leave some time for its use."""
        return self.rng.randrange(self.period - HOUR)

    def address(self) -> str:
        net = self.rng.choice(("192.0.2", "198.51.100", "203.0.113"))
        return f"{net}.{self.rng.randrange(1, 255)}"

    # Results -------------------------------------------------------------------------------

    def add(
        self,
        identities: Sequence[Json],
        principal: str,
        window: tuple[int, int],
        *,
        account: str,
        region: str = "",
        ip: str = "",
        agent: str = "",
        weight: float = 1.0,
        console: bool = False,
        service: bool = False,
        forwards: bool = False,
    ) -> int:
        """Note a credential; the answer is its number."""
        self.credentials.append(
            Credential(
                account=account,
                region=region,
                start=window[0],
                end=min(window[1], self.period),
                identities=tuple(compact(identity) for identity in identities),
                principal=principal,
                ip=ip or self.address(),
                agent=agent or self.rng.choice(SDKS),
                weight=weight,
                console=console,
                service=service,
                forwarded=compact(forwarded(self.rng, identities[0])) if forwards else "",
            )
        )
        return len(self.credentials) - 1

    def issue(
        self,
        call: str,
        kind: str,
        caller: Json,
        role: Role,
        second: int,
        request: Json,
        response: Json,
        *,
        ip: str,
        agent: str = "",
        region: str = "",
    ) -> None:
        """Write the STS record that gave out a session, and its copy for the role's account."""
        region = region or self.region()
        by_service = caller["type"] == "AWSService"
        account = caller.get("accountId", role.account)
        record: Json = {
            "eventVersion": "1.11",
            "userIdentity": caller,
            "eventTime": timestamp(second),
            "eventSource": "sts.amazonaws.com",
            "eventName": call,
            "awsRegion": region,
            "sourceIPAddress": ip,
            "userAgent": agent or self.rng.choice(SDKS),
            "requestParameters": request,
            "responseElements": response,
            "requestID": self.guid(),
            "eventID": self.guid(),
            "readOnly": True,
            "resources": [{"accountId": role.account, "type": "AWS::IAM::Role", "ARN": role.arn}],
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": account,
            "eventCategory": "Management",
        }
        if by_service or account != role.account:
            record["sharedEventID"] = self.guid()
        if not by_service:
            record["additionalEventData"] = {
                "RequestDetails": {"awsServingRegion": region, "endpointType": "regional"}
            }
            record["tlsDetails"] = {
                "tlsVersion": "TLSv1.3",
                "cipherSuite": "TLS_AES_128_GCM_SHA256",
                "clientProvidedHostHeader": f"sts.{region}.amazonaws.com",
            }
        self.kinds[kind] += 1
        self.write(account, region, second, record)
        if account != role.account:
            self.copies += 1
            copy = record | {
                "userIdentity": foreign(caller),
                "eventID": self.guid(),
                "recipientAccountId": role.account,
            }
            self.write(role.account, region, second, copy)

    def write(self, account: str, region: str, second: int, record: Json) -> None:
        self.records.append(Planned(account, region, second, compact(record)))

    def guid(self) -> str:
        return guid(self.rng.randbytes(16).hex())
