"""The organisation that the logs are about: accounts, their users, roles and names of things."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
REGIONS = ("us-east-1", "eu-west-1", "eu-central-1")

TEAMS = ("billing", "catalog", "checkout", "data", "identity", "media", "ops", "search")
PEOPLE = (
    "amara", "bruno", "chen", "dalia", "emeka", "freya", "goran", "hana", "ines", "jonas",
    "kavya", "lucia", "mateo", "nadia", "omar", "petra", "quinn", "rosa", "sven", "tomas",
)  # fmt: skip
DUTIES = ("Deploy", "ReadOnly", "Admin", "Pipeline", "Backup", "Audit", "Worker", "Support")
BUCKETS = ("raw", "curated", "assets", "backups", "reports", "state")
VERBS = ("resize", "index", "notify", "settle")
NOUNS = ("orders", "images", "events")


@dataclass(frozen=True, slots=True)
class User:
    """An IAM user and its one long-term key."""

    account: str
    name: str
    unique_id: str
    key: str

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account}:user/{self.name}"


@dataclass(frozen=True, slots=True)
class Role:
    """An IAM role; `path` starts and ends with a slash."""

    account: str
    path: str
    name: str
    unique_id: str

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account}:role{self.path}{self.name}"

    def session_arn(self, session: str) -> str:
        """The STS form, which drops the path."""
        return f"arn:aws:sts::{self.account}:assumed-role/{self.name}/{session}"

    def issuer(self) -> dict[str, Any]:
        return {
            "type": "Role",
            "principalId": self.unique_id,
            "arn": self.arn,
            "accountId": self.account,
            "userName": self.name,
        }


@dataclass(frozen=True, slots=True)
class Account:
    """One account: `weight` is its share of the organisation's traffic."""

    id: str
    weight: float
    users: tuple[User, ...]
    roles: tuple[Role, ...]
    workload_roles: tuple[Role, ...]
    sso_roles: tuple[Role, ...]
    buckets: tuple[str, ...]
    functions: tuple[str, ...]
    tables: tuple[str, ...]


def minted(rng: Random, prefix: str, account: str) -> str:
    """A key or unique id as IAM mints it since 2019: the owning account is written into it."""
    number = int(account)
    value = number // 2 + (16 << 35)
    owner = "".join(BASE32[value >> shift & 31] for shift in range(35, -1, -5))
    odd = BASE32[rng.randrange(16) + 16 * (number % 2)]
    tail = "".join(rng.choices(BASE32, k=7 if prefix in ("AKIA", "ASIA") else 8))
    return prefix + owner + odd + tail


def guid(digits: str) -> str:
    """32 hex digits as a version 4 GUID."""
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"


def make_account(rng: Random, number: int) -> Account:
    """Account `number`; earlier ones are busier."""
    account = f"{210_000_000_000 + number * 1_234_567_891:012d}"

    def role(path: str, name: str) -> Role:
        return Role(account, path, name, minted(rng, "AROA", account))

    team = TEAMS[number % len(TEAMS)]
    users = tuple(
        User(account, name, minted(rng, "AIDA", account), minted(rng, "AKIA", account))
        for name in [*rng.sample(PEOPLE, 6), f"{team}-ci", f"{team}-legacy-app"]
    )
    sso_path = "/aws-reserved/sso.amazonaws.com/"
    return Account(
        id=account,
        weight=1 / (number + 4),
        users=users,
        roles=tuple(role(f"/{team}/", f"{team}-{duty}") for duty in DUTIES),
        workload_roles=tuple(role("/", f"{team}-{kind}-{n}") for kind in ("web", "job") for n in range(6)),
        sso_roles=tuple(
            role(sso_path, f"AWSReservedSSO_{name}_{rng.randbytes(8).hex()}")
            for name in ("AdministratorAccess", "PowerUser", "ViewOnly")
        ),
        buckets=tuple(f"{team}-{use}-{account[-6:]}" for use in BUCKETS),
        functions=tuple(f"{team}-{verb}-{noun}" for verb in VERBS for noun in NOUNS),
        tables=tuple(f"{team}_{noun}" for noun in ("orders", "sessions", "ledger", "locks")),
    )


def make_organisation(rng: Random, accounts: int) -> list[Account]:
    return [make_account(rng, number) for number in range(accounts)]
